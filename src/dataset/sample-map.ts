// Global sample number ⇄ (file, sample in the file). Every file of a set holds the same number of samples, so it is O(1).

import { Fault } from '../util/fault.ts'

/** Sample numbers are 32 bits wide wherever they are stored. */
const maxSamples = 2 ** 32

export class SampleMap {
  readonly numFiles: number
  readonly numSamplesPerFile: number
  /** Samples of the set: numFiles · numSamplesPerFile. */
  readonly length: number

  /** @throws {Fault} 'usage' when there are more than 2^32 samples. */
  constructor(numFiles: number, numSamplesPerFile: number) {
    this.numFiles = numFiles
    this.numSamplesPerFile = numSamplesPerFile
    this.length = numFiles * numSamplesPerFile
    if (this.length > maxSamples) {
      throw new Fault('usage', `${numFiles} files of ${numSamplesPerFile} samples are more than the 2^32 samples that one set may have`, {
        info: { key: 'workload.dataset.num_samples_per_file' }, hint: 'Use fewer files, or fewer samples per file.',
      })
    }
  }

  fileOf(sample: number): number {
    return Math.floor(sample / this.numSamplesPerFile)
  }

  /** The sample's position in its file. */
  positionOf(sample: number): number {
    return sample % this.numSamplesPerFile
  }

  sampleOf(file: number, position: number): number {
    return file * this.numSamplesPerFile + position
  }
}
