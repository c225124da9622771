// The registry of formats. Each is loaded when first asked for: a run on NPZ never pays for an HDF5 library.

import type { Format } from './format.ts'
import { isPluginUrl, loadPlugin, type PluginUrl } from './plugin.ts'

/** DLIO's dataset.format, as far as it is implemented. */
export type FormatName = 'npz' | 'npy' | 'hdf5' | 'tfrecord' | 'indexed_binary' | 'mmap_indexed_binary' | 'csv' | 'jpeg' | 'png' | 'parquet' | 'synthetic'

/** Where a format comes from: the registry, or a module that each thread loads. */
export type FormatSource = FormatName | PluginUrl

interface Entry {
  /** What the names of its files end in, lower case. */
  readonly extensions: readonly string[]
  /** Format.hasRanges, known before the format is loaded. */
  readonly hasRanges?: boolean
  load(): Promise<Format>
}

const registry: Readonly<Record<FormatName, Entry>> = {
  npz: { extensions: ['.npz'], load: async () => (await import('./npz.ts')).npz },
  npy: { extensions: ['.npy'], load: async () => (await import('./npy.ts')).npy },
  tfrecord: { extensions: ['.tfrecord', '.tfrecords'], hasRanges: true, load: async () => (await import('./tfrecord.ts')).tfrecord },
  mmap_indexed_binary: { extensions: ['.mmap_indexed_binary'], hasRanges: true, load: async () => (await import('./indexed-binary.ts')).mmapIndexedBinary },
  indexed_binary: { extensions: ['.indexed_binary'], hasRanges: true, load: async () => (await import('./indexed-binary.ts')).indexedBinary },
  csv: { extensions: ['.csv'], load: async () => (await import('./csv.ts')).csv },
  jpeg: { extensions: ['.jpeg', '.jpg'], load: async () => (await import('./jpeg.ts')).jpeg },
  png: { extensions: ['.png'], load: async () => (await import('./png.ts')).png },
  parquet: { extensions: ['.parquet'], hasRanges: true, load: async () => (await import('./parquet.ts')).parquet },
  hdf5: { extensions: ['.hdf5', '.h5'], hasRanges: true, load: async () => (await import('./hdf5.ts')).hdf5 },
  synthetic: { extensions: ['.synthetic'], load: async () => (await import('./synthetic.ts')).synthetic },
}

export const formatNames: readonly FormatName[] = Object.keys(registry) as FormatName[]

export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(registry, name)
}

/** @throws {Fault} 'usage' when a module of somebody else's is no format. */
export async function loadFormat(source: FormatSource): Promise<Format> {
  return isPluginUrl(source) ? loadPlugin(source) : registry[source].load()
}

/** Whether a sample of the format is a part of its object that can be fetched alone. Of somebody else's module that is not known before it is loaded: no. */
export function hasRanges(source: FormatSource): boolean {
  return !isPluginUrl(source) && (registry[source].hasRanges ?? false)
}

/** The format that a file's or object's name promises by its extension. */
export function formatOfName(fileName: string): FormatName | undefined {
  const name = fileName.toLowerCase()
  return formatNames.find((format) => registry[format].extensions.some((extension) => name.endsWith(extension)))
}
