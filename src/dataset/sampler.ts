// Which sample is read by which rank, when: pure functions of (sizes, seed, epoch, ranks).
// Source: DLIO's rule with its quirks mended: floor steps, one contiguous slice per rank, and shuffles that do shuffle.

import { Fault } from '../util/fault.ts'
import { MersenneTwister } from '../util/random.ts'

/** dataset.sample_shuffle and file_shuffle. 'random' differs from 'seed' only in where the seed came from: the caller drew it and wrote it down. */
export type ShuffleMode = 'off' | 'seed' | 'random'

export interface EpochOptions {
  readonly numFiles: number
  readonly numSamplesPerFile: number
  /** From 1. */
  readonly epoch: number
  /**
   * Where each shuffle starts, unsigned, 32 bits: train.seed for a shuffle that is 'seed', a drawn number for one that is 'random'.
   * Two of them, so that one shuffle being 'random' leaves the other one as it is.
   */
  readonly fileSeed: number
  readonly sampleSeed: number
  /** train.seed_change_epoch: another order every epoch. 'random' always has one. */
  readonly seedChangeEpoch: boolean
  /** Permutes files; the samples of a file stay together, in their order. */
  readonly fileShuffle: ShuffleMode
  /** Permutes samples, over all files; where both are set this comes second, so it decides. */
  readonly sampleShuffle: ShuffleMode
}

/** An order of all samples of a set. Without `samples` it is 0, 1, 2, … and takes no memory, however long. */
export interface EpochOrder {
  readonly length: number
  /** A permutation. Shape [length]. */
  readonly samples?: Uint32Array
}

function ascending(length: number): Uint32Array {
  const values = new Uint32Array(length)
  for (let i = 0; i < length; i++) values[i] = i
  return values
}

/** Both shuffles of an epoch start from a generator of their own, as DLIO seeds anew before each. */
function generatorOf({ epoch, seedChangeEpoch }: EpochOptions, seed: number, mode: ShuffleMode): MersenneTwister {
  return new MersenneTwister((seed + (seedChangeEpoch || mode === 'random' ? epoch : 0)) >>> 0)
}

function fileOrder(options: EpochOptions): Uint32Array {
  const files = ascending(options.numFiles)
  generatorOf(options, options.fileSeed, options.fileShuffle).shuffle(files)
  return files
}

function samplesOfFiles(files: Uint32Array, numSamplesPerFile: number): Uint32Array {
  if (numSamplesPerFile === 1) return files
  const samples = new Uint32Array(files.length * numSamplesPerFile)
  let next = 0
  for (const file of files) {
    const first = file * numSamplesPerFile
    for (let i = 0; i < numSamplesPerFile; i++) samples[next++] = first + i
  }
  return samples
}

/** Sample numbers are 32 bits wide wherever they are stored: more would begin again at 0 without a word. */
const maxSamples = 2 ** 32

/** @throws {Fault} 'usage' when the set has more than 2^32 samples. */
export function epochOrder(options: EpochOptions): EpochOrder {
  const { numFiles, numSamplesPerFile, fileShuffle, sampleShuffle } = options
  const length = numFiles * numSamplesPerFile
  if (length > maxSamples) {
    throw new Fault('usage', `${numFiles} files of ${numSamplesPerFile} samples are more than the 2^32 samples that one set may have`, {
      info: { key: 'workload.dataset.num_samples_per_file' }, hint: 'Use fewer files, or fewer samples per file.',
    })
  }
  if (fileShuffle === 'off' && sampleShuffle === 'off') return { length }
  const samples = fileShuffle === 'off' ? ascending(length) : samplesOfFiles(fileOrder(options), numSamplesPerFile)
  if (sampleShuffle !== 'off') generatorOf(options, options.sampleSeed, sampleShuffle).shuffle(samples)
  return { length, samples }
}

/** floor(samples / (batchSize · worldSize)): the steps of an epoch, the same for every rank. The rest is dropped. */
export function stepsPerEpoch(numSamples: number, batchSize: number, worldSize: number): number {
  return Math.floor(numSamples / (batchSize * worldSize))
}

export interface RankOptions {
  readonly rank: number
  readonly worldSize: number
  readonly batchSize: number
  /** At most stepsPerEpoch(…); fewer when the workload caps them. */
  readonly steps: number
}

/** What one rank reads in one epoch: positions [begin, begin + length) of the epoch's order. */
export interface RankSlice {
  readonly order: EpochOrder
  readonly begin: number
  readonly length: number
}

/** The rank's contiguous slice of the first steps · batchSize · worldSize samples of `order`. */
export function rankSlice(order: EpochOrder, { rank, worldSize, batchSize, steps }: RankOptions): RankSlice {
  const length = steps * batchSize
  if (length * worldSize > order.length) throw new RangeError(`${worldSize} ranks of ${length} samples do not fit in ${order.length}`)
  return { order, begin: rank * length, length }
}

/** Samples [begin, begin + length) of a slice. A view where the order is held, memory of its own where it is not. Shape [length]. */
export function sliceSamples(slice: RankSlice, begin: number, length: number): Uint32Array {
  const first = slice.begin + begin
  if (slice.order.samples) return slice.order.samples.subarray(first, first + length)
  const samples = new Uint32Array(length)
  for (let i = 0; i < length; i++) samples[i] = first + i
  return samples
}
