// The other direction: Pillow, pandas and PyArrow read what we write. Each runs where python3 has it.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { EncodeOptions } from '../../src/format/format.ts'
import { loadFormat, type FormatName } from '../../src/format/index.ts'
import type { DType } from '../../src/format/tensor.ts'
import { crc32Hex } from '../../src/format/tensor-values.ts'
import { encoded, plain, sampleBlock } from './sample-blocks.ts'

const libraries: Partial<Record<FormatName, readonly [name: string, script: string]>> = {
  jpeg: ['PIL', 'im = Image.open(path); assert im.mode == "L"; a = np.asarray(im); out.append([list(a.shape), str(a.dtype), None])'],
  png: ['PIL', 'im = Image.open(path); im.load(); assert im.mode == "L"; a = np.asarray(im); out.append([list(a.shape), str(a.dtype), crc(a)])'],
  csv: ['pandas', 'a = pd.read_csv(path, header=None, compression="gzip" if open(path, "rb").read(2) == b"\\x1f\\x8b" else None).to_numpy(); out.append([list(a.shape), str(a.dtype), crc(a)])'],
  parquet: ['pyarrow', 't = pq.read_table(path); t.validate(full=True); c = t[0].combine_chunks(); c = c.flatten() if pa.types.is_list(c.type) else c; a = c.to_numpy(zero_copy_only=False); out.append([[t.num_rows, len(a)], str(a.dtype), crc(a)])'],
}
const imports: Readonly<Record<string, string>> = { PIL: 'from PIL import Image', pandas: 'import pandas as pd', pyarrow: 'import pyarrow as pa; import pyarrow.parquet as pq' }

const cases: Partial<Record<FormatName, readonly (readonly [shape: readonly number[], dtype: DType, numSamples: number, options: EncodeOptions])[]>> = {
  jpeg: [[[1, 1], 'uint8', 1, plain], [[64, 64], 'uint8', 1, plain], [[37, 301], 'uint8', 1, plain], [[5], 'uint8', 1, plain]],
  png: [[[1, 1], 'uint8', 1, plain], [[64, 64], 'uint8', 1, plain], [[1037, 1301], 'uint8', 1, plain]],
  csv: [
    [[2, 3], 'uint8', 1, plain], [[45, 45], 'uint8', 3, { ...plain, compression: 'gzip' }], [[7, 9], 'int64', 4, plain], [[7, 9], 'uint32', 4, plain], [[30], 'int8', 2, plain], [[8], 'bool', 2, plain],
  ],
  parquet: [
    [[8, 9], 'uint8', 10, plain], [[300, 300], 'uint8', 4, plain], [[3, 4], 'float32', 7, { ...plain, compression: 'gzip' }], [[5], 'int8', 3, plain], [[5], 'int16', 3, plain], [[5], 'uint16', 3, plain],
    [[5], 'uint64', 3, plain], [[5], 'bool', 3, plain], [[6], 'float16', 3, plain], [[40], 'uint8', 10, { ...plain, parquet: { columns: [{ name: 'x', dtype: 'int64', size: 5 }], rowGroupSize: 4, generationBatchSize: 3 } }],
  ],
}

for (const [name, [library, script]] of Object.entries(libraries)) {
  const skip = spawnSync('python3', ['-c', `import numpy; ${imports[library]}`], { timeout: 60_000 }).status === 0 ? false : `python3 with NumPy and ${library} is not here`
  test(`${library} reads the ${name} files that we wrote`, { skip, timeout: 120_000 }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dlio-s3-python-'))
    try {
      const format = await loadFormat(name as FormatName)
      const expected: unknown[] = []
      const files: string[] = []
      for (const [shape, dtype, numSamples, options] of cases[name as FormatName]!) {
        const bytes = await encoded(format, sampleBlock(shape, dtype, numSamples), options)
        const file = path.join(folder, `${files.length}.${name}`)
        files.push(file)
        writeFileSync(file, bytes)
        // What our own reader has of it, which the other tests hold against what was written.
        const { tensor } = (await format.inspect(bytesSource(file, bytes), { numSamples })).arrays[0]!
        const [rows, length] = tensor!.shape
        expected.push([name === 'parquet' ? [rows, rows! * (length ?? 1)] : tensor!.shape, tensor!.dtype, name === 'jpeg' ? null : crc32Hex(tensor!)])
      }
      const program = ['import json, sys, zlib', 'import numpy as np', imports[library], 'crc = lambda a: format(zlib.crc32(np.ascontiguousarray(a).tobytes()), "08x")', 'out = []', 'for path in sys.argv[1:]:', `    ${script}`, 'print(json.dumps(out))'].join('\n')
      assert.deepEqual(JSON.parse(execFileSync('python3', ['-c', program, ...files], { encoding: 'utf8', timeout: 60_000 })), expected)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
