// One input: an object that was mutated, read in every way there is. Each way decodes, or is a 'format' Fault.

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { ByteSource, Format } from '../../src/format/format.ts'
import type { FormatName } from '../../src/format/index.ts'
import { inspectionJson } from '../../src/format/inspection.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from '../format/counting-source.ts'
import type { Mutation, Random } from './mutations.ts'
import type { Objects, Original } from './originals.ts'
import { seals } from './seals.ts'

/** The objects with one of them mutated, by one mutation after the other: often with its checksums made right again. */
export function mutated(name: FormatName, { objects }: Original, changes: readonly Mutation[], random: Random): Objects {
  const [victim, original] = [...objects][objects.size === 1 ? 0 : random(objects.size)]!
  let bytes: Buffer = Buffer.from(original)
  for (const change of changes) if (bytes.length > 0) bytes = change(bytes, random)
  if (random(4) > 0) seals[name]?.(bytes, original)
  return new Map([...objects, [victim, bytes]])
}

/** The ways to read an object, each of which says whether it decoded: as a whole, by ranges where it has them, and looked into. `told`: how many samples there are said to be; 0: nobody knows. */
export function waysOf(format: Format, key: string, objects: Objects, told: readonly number[]): readonly (() => Promise<boolean>)[] {
  const bytes = objects.get(key)!
  const ranged = format.hasRanges ? told : []
  return [
    () => isFine(() => readSamples(format, { ...countingSource(key, bytes, objects), ...bytesSource(key, bytes) }, 1)),
    ...ranged.map((numSamples) => () => isFine(() => readSamples(format, countingSource(key, bytes, objects), numSamples))),
    () => isFine(async () => { inspectionJson(format.name, bytes.length, await format.inspect(countingSource(key, bytes, objects), { numSamples: 0 })) }),
  ]
}

/** All of the ways, one after the other. Whether it decoded as a whole. */
export async function decodes(format: Format, key: string, objects: Objects): Promise<boolean> {
  const results: boolean[] = []
  for (const way of waysOf(format, key, objects, [0, 1, 5])) results.push(await way())
  return results[0]!
}

async function isFine(read: () => Promise<void>): Promise<boolean> {
  try {
    await read()
    return true
  } catch (error) {
    if (!isFault(error, 'format')) throw error
    return false
  }
}

async function readSamples(format: Format, source: ByteSource, numSamples: number): Promise<void> {
  const reader = await format.open(source, { numSamples })
  const last = reader.numSamples - 1
  if (last >= 0) await reader.prepare?.(last === 0 ? [0] : [last, 0])
  for (const index of last <= 0 ? [0] : [0, last]) if (index <= last) packedBytes(await reader.readSample(index))
}
