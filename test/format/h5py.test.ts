// The other direction: h5py reads what we write. Runs where python3 has h5py.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import type { EncodeOptions } from '../../src/format/format.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import type { DType } from '../../src/format/tensor.ts'
import { crc32 } from '../../src/util/crc.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

const python = spawnSync('python3', ['-c', 'import h5py, numpy'], { timeout: 60_000 })
const skip = python.status === 0 ? false : 'python3 with h5py is not here'

const script = `
import json, sys, zlib, h5py, numpy as np
out = []
for path in sys.argv[1:]:
    with h5py.File(path, 'r') as f:
        labels = f['labels']
        assert labels.dtype == np.int64 and not labels[...].any()
        names = sorted((n for n in f if n != 'labels'), key=lambda n: int(n.split('_')[1]))
        d = f[names[0]]
        assert all(f[n][...].tobytes() == d[...].tobytes() for n in names)
        out.append({'names': len(names), 'labels': list(labels.shape), 'shape': list(d.shape), 'dtype': str(d.dtype), 'maxshape': list(d.maxshape),
                    'chunks': d.chunks and list(d.chunks), 'compression': d.compression,
                    'crc': [zlib.crc32(np.ascontiguousarray(row).tobytes()) for row in d[...]]})
print(json.dumps(out))
`

const layout = { numDsetPerRecord: 1, chunkDims: [], maxShape: [], dropsUnitAxis: false }
const rows: readonly (readonly [shape: readonly number[], dtype: DType, numSamples: number, options: EncodeOptions, chunks: readonly number[] | null])[] = [
  [[0, 3], 'uint8', 1, plain, null], [[3, 5], 'uint8', 0, plain, null], [[], 'float64', 3, plain, null],
  [[5, 7], 'bool', 3, plain, null], [[5, 7], 'uint8', 1, plain, null], [[5, 7], 'int8', 2, plain, null], [[5, 7], 'int16', 3, plain, null],
  [[300, 301], 'uint32', 4, plain, null], [[30], 'int64', 1, plain, null], [[6, 5], 'float16', 3, plain, null], [[4, 3, 2], 'float32', 5, plain, null],
  [[6, 5], 'complex64', 3, plain, null], [[6, 5], 'complex128', 3, plain, null],
  [[64, 64], 'uint8', 4, { ...plain, hdf5: { ...layout, chunkDims: [1, 24, 40] } }, [1, 24, 40]],
  [[64, 64], 'uint8', 4, { ...plain, hdf5: { ...layout, chunkDims: [4, 64, 64] } }, [4, 64, 64]],
  [[64, 64], 'uint8', 4, { ...plain, hdf5: { ...layout, chunkDims: [1, 1, 1] } }, [1, 1, 1]],
  [[64, 64], 'uint8', 4, { ...plain, hdf5: { ...layout, maxShape: [100, 90] } }, [2, 64, 64]],
  [[4, 16, 8], 'uint8', 3, { ...plain, hdf5: { ...layout, numDsetPerRecord: 2 } }, null],
  [[12, 16, 8], 'uint8', 3, { ...plain, hdf5: { ...layout, numDsetPerRecord: 12 } }, null],
  [[64, 64], 'uint8', 4, { compression: 'gzip', compressionLevel: 6 }, [2, 64, 64]],
  [[64, 64], 'float32', 2, { compression: 'gzip', compressionLevel: 1, hdf5: { ...layout, chunkDims: [2, 64, 64] } }, [2, 64, 64]],
  [[64, 64], 'float32', 2, { compression: 'gzip', compressionLevel: 9, hdf5: { ...layout, chunkDims: [1, 1, 32], maxShape: [80, 80] } }, [1, 1, 32]],
  [[64, 64], 'uint8', 4, { ...plain, compression: 'lzf' }, [2, 64, 64]],
  [[90, 90], 'bool', 4, { ...plain, compression: 'lzf', hdf5: { ...layout, chunkDims: [1, 90, 90] } }, [1, 90, 90]],
  [[64, 64], 'float32', 2, { ...plain, compression: 'lzf', hdf5: { ...layout, chunkDims: [1, 60, 60] } }, [1, 60, 60]],
  [[40, 40], 'uint8', 2, { ...plain, compression: 'lzf', hdf5: { ...layout, chunkDims: [2, 40, 40] } }, [2, 40, 40]],
]

test('h5py reads the samples that we wrote', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dlio-s3-h5py-'))
  try {
    const cases: { file: string; expected: unknown }[] = []
    for (const [shape, dtype, numSamples, options, chunks] of rows) {
      const block = sampleBlock(shape, dtype, numSamples)
      const file = path.join(folder, `${cases.length}.hdf5`)
      writeFileSync(file, await encoded(hdf5, block, options))
      const { numDsetPerRecord: parts, maxShape } = options.hdf5 ?? layout
      const whole = [numSamples, ...(parts > 1 ? [shape[0]! / parts, ...shape.slice(1)] : shape)]
      cases.push({ file, expected: {
        names: parts, labels: [numSamples], shape: whole, dtype, maxshape: maxShape.length > 0 ? [numSamples, ...maxShape] : whole,
        chunks, compression: options.compression === 'none' ? null : options.compression,
        crc: Array.from({ length: numSamples }, (_, index) => { const sample = sampleBytes(block, index); return crc32(sample.subarray(0, sample.length / parts)) }),
      } })
    }
    const text = execFileSync('python3', ['-c', script, ...cases.map(({ file }) => file)], { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual(JSON.parse(text), cases.map(({ expected }) => expected))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
