// A seed's input: which object, and what is done to it.

import type { FormatName } from '../../src/format/index.ts'
import { randomOf } from '../format/random.ts'
import { mutated } from './attempt.ts'
import { mutations, type Mutation, type Random } from './mutations.ts'
import type { Objects, Original } from './originals.ts'
import { knownBlocks } from './seals.ts'

export interface Input {
  readonly key: string
  readonly objects: Objects
  /** What num_samples_per_file says when the object is read by ranges. */
  readonly told: number
}

/** Larger objects are picked as seldom: what they have more of is data. Bytes. */
const largeObject = 40_000

const kinds = Object.values(mutations)

function pick(originals: readonly Original[], random: Random): Original {
  const original = originals[random(originals.length)]!
  return original.objects.get(original.key)!.length > largeObject && random(8) > 0 ? pick(originals, random) : original
}

/** One of the mutations, confined to a block of metadata: most of an HDF5 file is not looked at. */
function inBlock(original: Buffer, mutate: Mutation): Mutation {
  const blocks = knownBlocks(original)
  if (blocks.length === 0) return mutate
  return (bytes, random) => {
    const { begin, end } = blocks[random(blocks.length)]!
    const block = Buffer.from(bytes.subarray(begin, end))
    if (block.length > 0) mutate(block, random).copy(bytes, begin)
    return bytes
  }
}

/** The same for the same originals and seed. */
export function inputOf(name: FormatName, originals: readonly Original[], seed: number): Input {
  const random = randomOf(Math.imul(seed, 0x9e3779b1))
  const original = pick(originals, random)
  const { key, objects } = original
  const changes = Array.from({ length: random(4) === 0 ? 2 : 1 }, () => {
    const mutate = kinds[random(kinds.length)]!
    return name === 'hdf5' && random(2) === 0 ? inBlock(objects.get(key)!, mutate) : mutate
  })
  return { key, objects: mutated(name, original, changes, random), told: [0, 1, 5][random(3)]! }
}
