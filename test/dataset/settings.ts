// Small data sets for tests, told by what matters in them.

import type { DatasetSettings } from '../../src/dataset/settings.ts'

export function settingsOf(settings: Partial<DatasetSettings> = {}): DatasetSettings {
  return {
    prefix: 'data', filePrefix: 'img', extension: 'npz', format: 'npz',
    numFilesTrain: 5, numFilesEval: 2, numSubfoldersTrain: 0, numSubfoldersEval: 0,
    numSamplesPerFile: 3, recordLength: 4096, recordLengthStdev: 0, recordDims: [], elementType: 'uint8', seed: 123,
    encode: { compression: 'none', compressionLevel: 4 },
    ...settings,
  }
}
