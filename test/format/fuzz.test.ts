// Mutations of every fixture: each decodes or is a 'format' Fault. Nothing else, nothing slow, nothing large.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { ByteSource, Format } from '../../src/format/format.ts'
import { formatNames, loadFormat } from '../../src/format/index.ts'
import { inspectionJson } from '../../src/format/inspection.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { crc32 } from '../../src/util/crc.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { randomOf } from './random.ts'

type Mutation = (bytes: Buffer, random: (below: number) => number) => Buffer

const lies = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const mutations: Readonly<Record<string, Mutation>> = {
  'bit flips': (bytes, random) => {
    for (let flips = 1 + random(4); flips > 0; flips--) bytes[random(bytes.length)]! ^= 1 << random(8)
    return bytes
  },
  truncation: (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  // Where headers are: the beginning and the end.
  'lying numbers': (bytes, random) => {
    if (bytes.length < 8) return bytes
    const near = Math.min(bytes.length - 4, 260)
    for (let count = 1 + random(3); count > 0; count--) {
      const at = random(2) === 0 ? random(near) : bytes.length - 4 - random(near)
      const value = lies[random(lies.length)]!
      if (random(2) === 0) bytes.writeUInt32LE(value, at)
      else bytes.writeUInt16LE(value & 0xffff, at)
    }
    return bytes
  },
  'text in headers': (bytes, random) => {
    const text = ['9', '(', "'", '}', 'L', ',', '\\', '<O', ' -', '\0'][random(10)]!
    if (bytes.length > 4) bytes.write(text, random(Math.min(bytes.length - 2, 300)), 'latin1')
    return bytes
  },
  'pieces moved': (bytes, random) => {
    const [from, to] = [random(bytes.length), random(bytes.length)]
    bytes.copy(bytes, to, from, Math.min(bytes.length, from + 1 + random(64)))
    return bytes
  },
}

/** Chunks of a PNG have checksums: with wrong ones, nothing behind them would ever be reached. */
function withChecksums(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at)
    if (end + 4 > bytes.length) break
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end)
    at = end + 4
  }
  return bytes
}

/** An object and what lies beside it, by key. */
type Objects = ReadonlyMap<string, Buffer>

/** Read as a whole and by ranges, with and without knowing how many samples there are. */
async function decodes(format: Format, key: string, objects: Objects): Promise<boolean> {
  const bytes = objects.get(key)!
  const read = await samplesAreRead(format, { ...countingSource(key, bytes, objects), ...bytesSource(key, bytes) }, 1)
  if (format.hasRanges) for (const numSamples of [0, 1, 5]) await samplesAreRead(format, countingSource(key, bytes, objects), numSamples)
  try {
    inspectionJson(format.name, bytes.length, await format.inspect(countingSource(key, bytes, objects), { numSamples: 0 }))
  } catch (error) {
    if (!isFault(error, 'format')) throw error
  }
  return read
}

async function samplesAreRead(format: Format, source: ByteSource, numSamples: number): Promise<boolean> {
  try {
    const reader = await format.open(source, { numSamples })
    for (const index of [0, reader.numSamples - 1]) if (index >= 0 && index < reader.numSamples) packedBytes(await reader.readSample(index))
    return true
  } catch (error) {
    if (!isFault(error, 'format')) throw error
    return false
  }
}

/** The files of a fixture: `file`, and those whose names begin with it but for what tests know of it. */
function objectsOf(name: string, file: string): Objects {
  const files = readdirSync(fixture(name)).filter((other) => other.startsWith(file) && !other.endsWith('.json'))
  return new Map(files.map((other) => [other, readFileSync(fixture(name, other))]))
}

/** Inputs of each format and kind of mutation; DLIO_S3_FUZZ_INPUTS makes long runs, DLIO_S3_FUZZ_SEED other ones. */
const inputs = Number(process.env['DLIO_S3_FUZZ_INPUTS'] ?? 1200)
const firstSeed = Number(process.env['DLIO_S3_FUZZ_SEED'] ?? 0)

for (const name of formatNames) {
  // Inflating 32 MiB thousands of times proves nothing more than once: the fixtures' own test reads it.
  const files = readdirSync(fixture(name)).filter((file) => /\.\w+(\.gz|\.zlib)?$/.exec(file)?.[0].startsWith(`.${name}`) && !/32mib|many-/.test(file))
  const inputsPerFile = Math.ceil(inputs / files.length)
  for (const [kind, mutate] of Object.entries(mutations)) {
    test(`${name}: ${files.length} files × ${inputsPerFile} × ${kind}`, { timeout: 60_000 * Math.max(1, inputs / 1200) }, async () => {
      const format = await loadFormat(name)
      let [decoded, worst] = [0, 0]
      for (const [fileIndex, file] of files.entries()) {
        const originals = objectsOf(name, file)
        for (let seed = firstSeed; seed < firstSeed + inputsPerFile; seed++) {
          const random = randomOf(fileIndex * 1_000_003 + seed)
          const objects = new Map(originals)
          const [victim, original] = [...originals][originals.size === 1 ? 0 : random(originals.size)]!
          if (original.length > 0) objects.set(victim, mutate(Buffer.from(original), random))
          if (name === 'png' && seed % 4 > 0) withChecksums(objects.get(victim)!)
          const before = process.memoryUsage().arrayBuffers
          try {
            if (await decodes(format, file, objects)) decoded++
          } catch (error) {
            throw new Error(`${file}, seed ${seed}`, { cause: error })
          }
          worst = Math.max(worst, process.memoryUsage().arrayBuffers - before)
        }
      }
      assert.ok(worst < 64 * MiB, `${worst} bytes of buffers for one small input`)
      assert.ok(decoded > 0 || kind === 'truncation', 'no mutation was harmless: the test reaches nothing behind the first check')
    })
  }
}

/** A file whose every 4-byte word near the headers is lied about, one after the other: nothing is left to chance. */
for (const [name, file] of [['npz', 'stored.npz'], ['npz', 'deflated.npz'], ['npz', 'zip64-extra.npz'], ['npy', 'v2-float32.npy'], ['tfrecord', 'several.tfrecord']] as const) {
  test(`${name}/${file}: every word of the headers replaced by each lie`, { timeout: 60_000 }, async () => {
    const format = await loadFormat(name)
    const original = readFileSync(fixture(name, file))
    for (let at = 0; at + 4 <= original.length; at++) {
      if (at === 240) at = Math.max(at, original.length - 300)
      for (const value of [0, 0x7fffffff, 0xffffffff]) {
        const input = Buffer.from(original)
        input.writeUInt32LE(value, at)
        await decodes(format, file, new Map([[file, input]]))
      }
    }
  })
}
