// Data sets that DLIO generated: sizes, shapes and samples are those that its manifest gives.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import type { EncodeOptions } from '../../src/format/format.ts'
import { formatNames, formatOfName, isFormatName, loadFormat } from '../../src/format/index.ts'
import { sampleJson } from '../../src/format/inspection.ts'
import type { DType } from '../../src/format/tensor.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { companionsOf, plain, sampleBlock } from './sample-blocks.ts'

interface Manifest {
  format: string
  configured: { record_dims?: number[]; compression?: EncodeOptions['compression']; hdf5?: { num_dset_per_record?: number; chunk_dims?: number[] } }
  files: { path: string; size: number; num_samples?: number; sample_shape?: number[]; dtype?: DType; samples: Record<string, { shape: number[]; dtype: DType; bytes: number; crc32: string; first16: number[] }> }[]
}

const sets = readdirSync(fixture('dlio')).filter((name) => existsSync(fixture('dlio', name, 'manifest.json')))

/** DLIO's own version writes no Parquet. */
test('there are data sets of every format', () => {
  const formats = new Set(sets.map((name) => name.replace(/-.*/, '')))
  for (const format of formatNames) assert.ok(formats.has(format) || format === 'parquet', format)
})

for (const name of sets) {
  const manifest = JSON.parse(readFileSync(fixture('dlio', name, 'manifest.json'), 'utf8')) as Manifest
  const { format: formatName } = manifest
  // Files of the synthetic format hold no samples.
  if (!isFormatName(formatName) || formatName === 'synthetic') continue
  const beside = new Map(manifest.files.filter(({ num_samples: count }) => count === undefined).map(({ path }) => [path, readFileSync(fixture('dlio', name, path))] as const))
  test(`${name}: ${manifest.files.length} files have the samples of the manifest`, async () => {
    const format = await loadFormat(formatName)
    const unwritten = new Set(beside.keys())
    for (const file of manifest.files) {
      const { num_samples: numSamples } = file
      if (numSamples === undefined) continue
      const bytes = readFileSync(fixture('dlio', name, file.path))
      assert.equal(formatOfName(file.path), formatName)
      const reader = await format.open(countingSource(file.path, bytes, beside), { numSamples })
      assert.equal(reader.numSamples, numSamples)
      for (const [index, expected] of Object.entries(file.samples)) {
        const sample = sampleJson(formatName, file.size, { index: Number(index), numSamples: reader.numSamples, tensor: await reader.readSample(Number(index)) })
        const [array] = sample.arrays
        // Decoders of JPEG may differ by a rounding.
        const isExact: boolean = formatName !== 'jpeg'
        assert.deepEqual({ dtype: array!.dtype, shape: array!.shape, bytes: array!.bytes, crc32: isExact && array!.crc32 }, { dtype: expected.dtype, shape: expected.shape, bytes: expected.bytes, crc32: isExact && expected.crc32 })
        for (const [place, value] of expected.first16.entries()) assert.ok(Math.abs(Number(array!.head![place]) - value) <= (isExact ? 0 : 2))
      }
      const { record_dims: dims, compression = 'none', hdf5 } = manifest.configured
      if (formatName === 'hdf5' && compression !== 'none') continue
      const { shape, dtype } = file.samples['0']!
      // A row's type in the table is not that of the numbers that were written.
      const block = sampleBlock(formatName === 'hdf5' && dims ? dims : file.sample_shape ?? shape, formatName === 'csv' ? 'uint8' : file.dtype ?? dtype, numSamples)
      const options = { ...plain, hdf5: { numDsetPerRecord: hdf5?.num_dset_per_record ?? 1, chunkDims: hdf5?.chunk_dims ?? [], maxShape: [], dropsUnitAxis: false } }
      const size = format.encodedSize(block, options)
      assert.ok(size === undefined || size === file.size, 'we would write as many bytes')
      for (const [key, companion] of companionsOf(format, file.path, block)) {
        assert.deepEqual(Buffer.from(companion), beside.get(key), `${key} would be the same`)
        unwritten.delete(key)
      }
    }
    assert.deepEqual([...unwritten], [], 'we would write all files')
  })
}
