// The other direction: NumPy reads what we write. Runs where python3 has NumPy.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { crc32 } from '../../src/util/crc.ts'
import { loadFormat } from '../../src/format/index.ts'
import { encoded, sampleBlock, sampleBytes } from './sample-blocks.ts'

const python = spawnSync('python3', ['-c', 'import numpy'], { timeout: 60_000 })
const skip = python.status === 0 ? false : 'python3 with NumPy is not here'

const script = `
import json, sys, zlib, zipfile, numpy as np
out = []
for path in sys.argv[1:]:
    loaded = np.load(path, allow_pickle=False)
    if path.endswith('.npz'):
        assert zipfile.ZipFile(path).testzip() is None
        y = loaded['y']
        assert y.dtype == np.int64 and not y.any()
        labels = list(y.shape)
        x = loaded['x']
    else:
        x, labels = loaded, None
    out.append({'shape': list(x.shape), 'dtype': str(x.dtype), 'labels': labels,
                'crc': [zlib.crc32(np.ascontiguousarray(x[..., k]).tobytes()) for k in range(x.shape[-1])]})
print(json.dumps(out))
`

test('NumPy reads the samples that we wrote', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dlio-s3-numpy-'))
  try {
    const cases: { file: string; expected: unknown }[] = []
    for (const name of ['npz', 'npy'] as const) {
      for (const compression of name === 'npz' ? (['none', 'zip'] as const) : (['none'] as const)) {
        for (const [shape, dtype, numSamples] of [
          [[0, 3], 'uint8', 1], [[5, 7], 'bool', 3], [[5, 7], 'uint8', 1], [[5, 7], 'int16', 3], [[4, 3, 2], 'float32', 5],
          [[30, 40], 'float64', 2], [[30], 'int64', 1], [[6, 5], 'complex128', 3], [[6, 5], 'float16', 3], [[300, 301], 'uint32', 4],
        ] as const) {
          const block = sampleBlock(shape, dtype, numSamples)
          const file = path.join(folder, `${cases.length}.${name}`)
          writeFileSync(file, await encoded(await loadFormat(name), block, { compression, compressionLevel: 6 }))
          cases.push({ file, expected: {
            shape: [...shape, numSamples], dtype, labels: name === 'npz' ? [numSamples] : null,
            crc: Array.from({ length: numSamples }, (_, index) => crc32(sampleBytes(block, index))),
          } })
        }
      }
    }
    const text = execFileSync('python3', ['-c', script, ...cases.map(({ file }) => file)], { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual(JSON.parse(text), cases.map(({ expected }) => expected))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
