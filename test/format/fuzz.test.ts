// Mutations of every fixture: each decodes or is a 'format' Fault. Nothing else, nothing slow, nothing large.
// `npm run fuzz` makes the long runs.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { formatNames, loadFormat, type FormatName } from '../../src/format/index.ts'
import { MiB } from '../../src/util/units.ts'
import { decodes, mutated } from '../fuzz/attempt.ts'
import { mutations } from '../fuzz/mutations.ts'
import { fixtureOriginals } from '../fuzz/originals.ts'
import { fixture } from '../support/root.ts'
import { randomOf } from './random.ts'

/** Inputs of each format and kind of mutation. After a damaged object the HDF5 library is made anew, which takes 25 ms. */
const inputsOf = (name: FormatName): number => (name === 'hdf5' ? 300 : 800)
/** Nothing that is done to a file of these in such a way goes unnoticed. */
const noticed = ['csv: huge sizes', 'png: a piece removed', 'hdf5: a piece removed']

for (const name of formatNames) {
  const originals = fixtureOriginals(name)
  const inputsPerFile = Math.ceil(inputsOf(name) / originals.length)
  for (const [kind, mutate] of Object.entries(mutations)) {
    test(`${name}: ${originals.length} files × ${inputsPerFile} × ${kind}`, { timeout: 120_000 }, async () => {
      const format = await loadFormat(name)
      let [decoded, worst] = [0, 0]
      for (const [fileIndex, original] of originals.entries()) {
        for (let seed = 0; seed < inputsPerFile; seed++) {
          const objects = mutated(name, original, [mutate], randomOf(fileIndex * 1_000_003 + seed))
          const before = process.memoryUsage().external
          try {
            if (await decodes(format, original.key, objects)) decoded++
          } catch (error) {
            throw new Error(`${original.key}, seed ${seed}`, { cause: error })
          }
          worst = Math.max(worst, process.memoryUsage().external - before)
        }
      }
      assert.ok(worst < 128 * MiB, `${worst} bytes of buffers for one small input`)
      assert.ok(decoded > 0 || kind === 'truncation' || noticed.includes(`${name}: ${kind}`), 'no mutation was harmless: the test reaches nothing behind the first check')
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
