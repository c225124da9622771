import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { SampleMap } from '../../src/dataset/sample-map.ts'
import { isFault } from '../../src/util/fault.ts'

describe('SampleMap', () => {
  for (const [numFiles, numSamplesPerFile] of [[0, 1], [1, 1], [5, 1], [1, 7], [13, 11], [524_288, 1], [4096, 1251]] as const) {
    test(`${numFiles} files of ${numSamplesPerFile}: both ways`, () => {
      const map = new SampleMap(numFiles, numSamplesPerFile)
      assert.equal(map.length, numFiles * numSamplesPerFile)
      const step = Math.max(1, Math.floor(map.length / 1009))
      for (let sample = 0; sample < map.length; sample += step) {
        const file = map.fileOf(sample), position = map.positionOf(sample)
        assert.ok(file < numFiles && position < numSamplesPerFile)
        assert.equal(map.sampleOf(file, position), sample)
      }
      if (map.length > 0) assert.deepEqual([map.fileOf(map.length - 1), map.positionOf(map.length - 1)], [numFiles - 1, numSamplesPerFile - 1])
    })
  }

  test('2^32 samples are the most', () => {
    assert.equal(new SampleMap(2 ** 22, 2 ** 10).fileOf(2 ** 32 - 1), 2 ** 22 - 1)
    assert.throws(() => new SampleMap(2 ** 22 + 1, 2 ** 10), (error) => isFault(error, 'usage') && /4194305 files of 1024 samples/.test(error.message))
  })
})
