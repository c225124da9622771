// The formats that `run` is measured with, each with what it must reach of plain reads. A new format is one more line.

import type { Overrides } from './commands.ts'

export interface BenchFormat {
  /** In the names of its rows. */
  readonly name: string
  /** dataset.format. */
  readonly format: string
  /** Bytes per second of `run` over those of who it is held against, on the same objects. Absent: for scale. */
  readonly least?: number
  /** Who that is. Absent: `bench get`. */
  readonly against?: 'zlib.inflateSync'
  /** At most so many times fewer files than others: their folder is in memory, and text is four times as long as its numbers. How many there are is then found by trying. */
  readonly fewer?: number
  /** What DLIO itself reached, in bytes per CPU-second: see docs/performance.md. */
  readonly dlio?: number
  /** Whether NumPy reads it, behind boto3. */
  readonly isNumpy?: boolean
  /** Of a data set whose samples have rows and columns of `side` elements. */
  readonly overrides?: (side: number) => Overrides
}

export const benchFormats: readonly BenchFormat[] = [
  { name: 'NPZ', format: 'npz', least: 0.8, dlio: 0.44e9, isNumpy: true },
  { name: 'NPY', format: 'npy', least: 0.8 },
  { name: 'TFRecord', format: 'tfrecord', least: 0.8, dlio: 0.53e9 },
  { name: 'HDF5', format: 'hdf5', least: 0.8, dlio: 0.62e9 },
  { name: 'HDF5 chunked', format: 'hdf5', least: 0.6, overrides: (side) => ({ 'dataset.hdf5.chunk_dims': `[1,${Math.ceil(side / 4)},${Math.ceil(side / 4)}]` }) },
  { name: 'HDF5 gzip', format: 'hdf5', least: 0.9, against: 'zlib.inflateSync', fewer: 8, overrides: (side) => ({ ...gzipOverrides(side / 2), 'dataset.record_length_bytes': side * side / 4, 'dataset.record_element_type': 'float32' }) },
  // Random bytes are what gzip only wraps: zlib copies them, and then nothing is left to fetch them in.
  { name: 'HDF5 gzip, incompressible', format: 'hdf5', against: 'zlib.inflateSync', fewer: 4, overrides: gzipOverrides },
  { name: 'indexed_binary', format: 'indexed_binary', fewer: 8 },
  { name: 'Parquet', format: 'parquet', fewer: 8 },
  { name: 'CSV', format: 'csv', fewer: 8 },
  { name: 'JPEG', format: 'jpeg', fewer: 8 },
  { name: 'PNG', format: 'png', fewer: 8 },
]

/** Four chunks a sample. */
function gzipOverrides(side: number): Overrides {
  return { 'dataset.compression': 'gzip', 'dataset.hdf5.chunk_dims': `[1,${Math.ceil(side / 4)},${Math.floor(side)}]` }
}
