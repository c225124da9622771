// The good objects that mutations begin with: the fixtures of a format, and objects that are encoded afresh.

import { readdirSync, readFileSync } from 'node:fs'

import type { EncodeOptions, Format } from '../../src/format/format.ts'
import type { FormatName } from '../../src/format/index.ts'
import type { DType } from '../../src/format/tensor.ts'
import { companionsOf, encoded, plain, sampleBlock } from '../format/sample-blocks.ts'
import { fixture } from '../support/root.ts'

/** An object and what lies beside it, by key. */
export type Objects = ReadonlyMap<string, Buffer>

export interface Original {
  /** Of the object that is read; the others lie beside it. */
  readonly key: string
  readonly objects: Objects
}

/** The files of a fixture: `file`, and those whose names begin with it but for what tests know of it. */
function objectsOf(name: string, file: string): Objects {
  const files = readdirSync(fixture(name)).filter((other) => other.startsWith(file) && !other.endsWith('.json'))
  return new Map(files.map((other) => [other, readFileSync(fixture(name, other))]))
}

/** Inflating 32 MiB thousands of times proves nothing more than once: the fixtures' own test reads it. */
export function fixtureOriginals(name: FormatName): Original[] {
  const files = readdirSync(fixture(name)).filter((file) => /\.\w+(\.gz|\.zlib)?$/.exec(file)?.[0].startsWith(`.${name}`) && !/32mib|many-members/.test(file))
  return files.map((file) => ({ key: file, objects: objectsOf(name, file) }))
}

type Row = readonly [shape: readonly number[], dtype: DType, numSamples: number, more?: Partial<EncodeOptions>]

const arrays: readonly Row[] = [[[5, 7], 'uint8', 1], [[4, 3], 'float32', 5], [[], 'int64', 3]]
const chunks = { numDsetPerRecord: 1, chunkDims: [2, 3, 3], maxShape: [], dropsUnitAxis: false }

const rows: Readonly<Record<FormatName, readonly Row[]>> = {
  npz: [...arrays, [[9, 9], 'uint16', 2, { compression: 'zip' }]],
  npy: arrays,
  tfrecord: arrays,
  indexed_binary: arrays,
  mmap_indexed_binary: arrays,
  csv: [[[3, 4], 'uint8', 4], [[5], 'float32', 3], [[2, 2], 'int64', 2], [[6], 'uint8', 5, { compression: 'gzip' }]],
  jpeg: [[[8, 8], 'uint8', 1], [[17, 30], 'uint8', 1]],
  png: [[[8, 8], 'uint8', 1], [[17, 30], 'uint8', 1]],
  parquet: [...arrays, [[6], 'float64', 40, { compression: 'gzip', parquet: { columns: [], rowGroupSize: 16, generationBatchSize: 0 } }],
    [[20], 'uint8', 9, { parquet: { columns: [{ name: 'a', dtype: 'float32', size: 4 }, { name: 'b', dtype: 'int32', size: 1 }], rowGroupSize: 4, generationBatchSize: 0 } }]],
  hdf5: [...arrays, [[5, 7], 'int16', 5, { hdf5: chunks }], [[5, 7], 'float32', 5, { hdf5: chunks, compression: 'gzip' }], [[4, 6], 'uint8', 3, { hdf5: { ...chunks, chunkDims: [], numDsetPerRecord: 2, maxShape: [8, 8] } }]],
  synthetic: [[[2], 'uint8', 1]],
}

export async function encodedOriginals(name: FormatName, format: Format): Promise<Original[]> {
  return Promise.all(rows[name].map(async ([shape, dtype, numSamples, more], index) => {
    const key = `data/train/encoded-${index}.${name}`
    const block = sampleBlock(shape, dtype, numSamples)
    const bytes = await encoded(format, block, { ...plain, ...more })
    const beside = [...companionsOf(format, key, block)].map(([other, text]): [string, Buffer] => [other, Buffer.from(text)])
    return { key, objects: new Map([[key, bytes], ...beside]) }
  }))
}
