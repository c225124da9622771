import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { epochOrder, rankSlice, sliceSamples, stepsPerEpoch, type EpochOptions } from '../../src/dataset/sampler.ts'
import { isFault } from '../../src/util/fault.ts'
import { MersenneTwister } from '../../src/util/random.ts'

const plain: EpochOptions = { numFiles: 16, numSamplesPerFile: 1, epoch: 1, fileSeed: 123, sampleSeed: 123, seedChangeEpoch: true, fileShuffle: 'off', sampleShuffle: 'off' }

function orderOf(options: Partial<EpochOptions>): number[] {
  const order = epochOrder({ ...plain, ...options })
  return [...order.samples ?? Uint32Array.from({ length: order.length }, (_, i) => i)]
}

/** NumPy's shuffles of 0 … 15. */
const shuffled123 = [7, 10, 4, 0, 5, 9, 8, 11, 3, 1, 6, 15, 12, 2, 13, 14]
const shuffled124 = [11, 10, 13, 3, 6, 5, 15, 8, 4, 0, 9, 2, 7, 1, 12, 14]
const shuffled125 = [8, 4, 9, 1, 12, 11, 14, 10, 5, 0, 6, 3, 7, 2, 15, 13]

describe('epochOrder', () => {
  const rows: readonly (readonly [name: string, options: Partial<EpochOptions>, order: readonly number[]])[] = [
    ['nothing', { numFiles: 0, sampleShuffle: 'seed', fileShuffle: 'seed' }, []],
    ['as it is', {}, Array.from({ length: 16 }, (_, i) => i)],
    ['samples, epoch 1: seed 124', { sampleShuffle: 'seed' }, shuffled124],
    ['samples, epoch 2: seed 125', { sampleShuffle: 'seed', epoch: 2 }, shuffled125],
    ['samples, a seed that stays', { sampleShuffle: 'seed', epoch: 2, seedChangeEpoch: false }, shuffled123],
    ['samples, a drawn seed always changes', { sampleShuffle: 'random', epoch: 2, seedChangeEpoch: false }, shuffled125],
    ['samples over files', { sampleShuffle: 'seed', numFiles: 4, numSamplesPerFile: 4 }, shuffled124],
    ['files', { fileShuffle: 'seed' }, shuffled124],
    ['files of three samples stay together', { fileShuffle: 'seed', numSamplesPerFile: 3 }, shuffled124.flatMap((file) => [3 * file, 3 * file + 1, 3 * file + 2])],
    ['samples, whatever the seed of the files', { sampleShuffle: 'seed', fileSeed: 7 }, shuffled124],
    ['files, whatever the seed of the samples', { fileShuffle: 'seed', sampleSeed: 7 }, shuffled124],
    ['files by a drawn seed, then samples by theirs', { fileShuffle: 'random', sampleShuffle: 'seed', fileSeed: 124 }, shuffled124.map((position) => shuffled125[position]!)],
    ['files, then samples', { fileShuffle: 'seed', sampleShuffle: 'seed', epoch: 1 }, shuffled124.map((position) => shuffled124[position]!)],
  ]
  for (const [name, options, order] of rows) test(name, () => { assert.deepEqual(orderOf(options), order) })

  test('the plain order takes no memory', () => {
    assert.deepEqual(epochOrder({ ...plain, numFiles: 2 ** 32 }), { length: 2 ** 32 })
  })

  test('five million samples shuffled by file and by sample: each once, four bytes a sample', () => {
    const { length, samples } = epochOrder({ ...plain, numFiles: 1_000_000, numSamplesPerFile: 5, fileShuffle: 'seed', sampleShuffle: 'seed' })
    assert.deepEqual([length, samples!.length, samples!.byteLength, samples!.buffer.byteLength], [5_000_000, 5_000_000, 20_000_000, 20_000_000])
    const seen = new Uint8Array(length)
    for (const sample of samples!) seen[sample]!++
    assert.ok(seen.every((count) => count === 1))
    assert.ok(samples!.subarray(0, 1000).some((sample, i) => sample !== i))
  })

  test('2^32 samples are the most: the last one still has a number of its own', () => {
    const slice = rankSlice(epochOrder({ ...plain, numFiles: 2 ** 22, numSamplesPerFile: 2 ** 10 }), { rank: 1, worldSize: 2, batchSize: 2 ** 10, steps: 2 ** 21 })
    assert.deepEqual([...sliceSamples(slice, slice.length - 2, 2)], [2 ** 32 - 2, 2 ** 32 - 1])
    assert.throws(() => epochOrder({ ...plain, numFiles: 2 ** 22 + 1, numSamplesPerFile: 2 ** 10 }), (error) => isFault(error, 'usage') && /4194305 files of 1024 samples/.test(error.message))
  })

  test('the largest seed goes on from zero', () => {
    assert.deepEqual(orderOf({ sampleShuffle: 'seed', sampleSeed: 2 ** 32 - 1, epoch: 124 }), shuffled123)
  })
})

/** Everything that each rank reads. */
function readByRank(options: EpochOptions, worldSize: number, batchSize: number): number[][] {
  const order = epochOrder(options)
  const steps = stepsPerEpoch(order.length, batchSize, worldSize)
  return Array.from({ length: worldSize }, (_, rank) => {
    const slice = rankSlice(order, { rank, worldSize, batchSize, steps })
    return [...sliceSamples(slice, 0, slice.length)]
  })
}

describe('rankSlice', () => {
  test('4 ranks, batches of 3, of 50: 4 steps, contiguous, 2 dropped', () => {
    const slices = readByRank({ ...plain, numFiles: 50 }, 4, 3)
    assert.deepEqual(slices.map((samples) => [samples[0], samples.at(-1), samples.length]), [[0, 11, 12], [12, 23, 12], [24, 35, 12], [36, 47, 12]])
  })

  test('capped steps leave ranks contiguous', () => {
    const slice = rankSlice(epochOrder({ ...plain, numFiles: 50 }), { rank: 1, worldSize: 4, batchSize: 3, steps: 2 })
    assert.deepEqual([slice.begin, slice.length], [6, 6])
  })

  test('more than there is, is refused', () => {
    assert.throws(() => rankSlice(epochOrder(plain), { rank: 0, worldSize: 2, batchSize: 3, steps: 3 }), RangeError)
  })

  test('400 random plans: every sample at most once, equal ranks, less than one step dropped', () => {
    const random = new MersenneTwister(20)
    const modes = ['off', 'seed', 'random'] as const
    for (let plan = 0; plan < 400; plan++) {
      const [numFiles, numSamplesPerFile, worldSize, batchSize] = [random.randint(60), 1 + random.randint(9), 1 + random.randint(12), 1 + random.randint(8)] as const
      const options: EpochOptions = {
        numFiles, numSamplesPerFile, epoch: 1 + random.randint(4), fileSeed: random.uint32(), sampleSeed: random.uint32(), seedChangeEpoch: random.randint(2) === 0,
        fileShuffle: modes[random.randint(3)]!, sampleShuffle: modes[random.randint(3)]!,
      }
      const slices = readByRank(options, worldSize, batchSize)
      const all = slices.flat()
      const context = JSON.stringify({ ...options, worldSize, batchSize })
      assert.equal(new Set(all).size, all.length, context)
      assert.ok(all.every((sample) => sample >= 0 && sample < numFiles * numSamplesPerFile), context)
      assert.equal(new Set(slices.map((samples) => samples.length)).size, 1, context)
      assert.ok(numFiles * numSamplesPerFile - all.length < worldSize * batchSize, context)
    }
  })

  test('a shuffled epoch is a permutation: each sample once where nothing is dropped', () => {
    for (const [numFiles, numSamplesPerFile] of [[24, 1], [6, 4], [2, 12]] as const) {
      const options: EpochOptions = { ...plain, numFiles, numSamplesPerFile, fileShuffle: 'seed', sampleShuffle: 'seed' }
      assert.deepEqual(readByRank(options, 4, 3).flat().toSorted((a, b) => a - b), Array.from({ length: 24 }, (_, i) => i))
    }
  })
})

describe('stepsPerEpoch', () => {
  for (const [numSamples, batchSize, worldSize, steps] of [[0, 1, 1, 0], [1, 1, 1, 1], [7, 8, 1, 0], [168, 4, 8, 5], [1251 * 1024, 400, 8, 400], [50_000_000, 1, 3, 16_666_666]] as const) {
    test(`${numSamples} samples, batches of ${batchSize}, ${worldSize} ranks: ${steps}`, () => { assert.equal(stepsPerEpoch(numSamples, batchSize, worldSize), steps) })
  }
})
