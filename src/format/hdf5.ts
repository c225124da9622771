// FORMAT hdf5: DLIO keeps samples in data sets `records_0`, `records_1`, …, on the first axis, and labels in `labels`.
// The usual ways to lay a data set out are parsed here: opening an object with the HDF5 library takes 0.25 ms, twice as long
// as fetching one of 128 KiB. What is rare is left to the library.

import { damaged, unsupported } from './format-fault.ts'
import type { ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import type { DataSet } from './hdf5-dataset.ts'
import { Unfamiliar } from './hdf5-file.ts'
import { withLibrary } from './hdf5-library.ts'
import { fetchHead, Pages, parsed } from './hdf5-pages.ts'
import { Hdf5Reader, rowsOf } from './hdf5-reader.ts'
import { libraryTree, parsedTree, type Tree } from './hdf5-tree.ts'
import { Hdf5Twin } from './hdf5-twin.ts'
import { encodeHdf5, hdf5EncodedSize } from './hdf5-write.ts'

export const hdf5: Format = { name: 'hdf5', hasRanges: true, open, inspect, encode: encodeHdf5, encodedSize: hdf5EncodedSize }

/** What `ask` gives: of our own parser where it is familiar with the file, else of the library. */
async function learn<T>(source: ByteSource, pages: Pages, ask: (tree: Tree) => T): Promise<{ readonly value: T; readonly isOurs: boolean }> {
  try {
    return { value: await parsed(source, pages, () => ask(parsedTree(pages))), isOurs: true }
  } catch (error) {
    if (!(error instanceof Unfamiliar)) throw error
  }
  return { value: await parsed(source, pages, () => withLibrary(pages, (file) => ask(libraryTree(source.key, file)))), isOurs: false }
}

/** records_0, records_1, …; or `records`, as older DLIO wrote; or the first data set that is not the labels. */
function mainDataSets(tree: Tree): DataSet[] {
  const records: DataSet[] = []
  for (let found = tree.find('/records_0'); found; found = tree.find(`/records_${records.length}`)) records.push(found)
  if (records.length > 0) return records
  const main = tree.find('/records') ?? tree.all().find(({ path }) => path !== '/labels')
  return main ? [main] : []
}

/** The one that is asked for, else those of the samples. */
function picked(key: string, tree: Tree, dataset: string | undefined): DataSet[] {
  if (dataset === undefined) return mainDataSets(tree)
  const found = tree.find(dataset.startsWith('/') ? dataset : `/${dataset}`)
  if (found) return [found]
  throw unsupported(key, `${key} has no data set ${dataset}`, `its data sets: ${tree.all().map(({ path }) => path).join(', ').slice(0, 400)}`)
}

/** What the last object looked like that our own parser read. */
let last: Hdf5Twin | undefined

/**
 * Reads metadata only, by few small ranges, and nothing at all of an object whose memo it is given; of a source that brings whole
 * objects, the object.
 * The number of samples is the first axis of the data set: the hint is not needed.
 */
async function open(source: ByteSource, { memo, dataset }: OpenHint): Promise<SampleReader> {
  const pages = new Pages(source)
  // Comparing costs less than asking the memo; by ranges, what would be compared is what the memo saves fetching.
  if (source.whole) {
    const fetching = fetchHead(source, pages)
    if (fetching) await fetching
    const alike = last?.dataSetsIn(pages, dataset)
    if (alike) return new Hdf5Reader(source, pages, alike)
  }
  const known = memo?.get() as readonly DataSet[] | undefined
  if (known) return new Hdf5Reader(source, pages, known)
  await fetchHead(source, pages)
  const dataSets = (source.whole ? undefined : last?.dataSetsIn(pages, dataset)) ?? await checkedSets(source, pages, dataset)
  memo?.set(dataSets, dataSets.reduce((sum, dataSet) => sum + cost(dataSet), 0))
  return new Hdf5Reader(source, pages, dataSets)
}

/** The data sets of samples, at least one, all of numbers and of the same number of rows. */
async function checkedSets(source: ByteSource, pages: Pages, dataset: string | undefined): Promise<readonly DataSet[]> {
  const { key } = source
  const { value: dataSets, isOurs } = await learn(source, pages, (tree) => picked(key, tree, dataset))
  const [first] = dataSets
  if (!first) throw damaged(key, 0, `${key} holds no data set of samples: there is no records_0`)
  for (const { path, type, shape } of dataSets) {
    if (type.dtype === undefined) throw unsupported(key, `${key} has elements of type ${type.name} in ${path}, which are not numbers that are read`)
    if (shape[0] !== first.shape[0]) throw damaged(key, 0, `${key} has ${shape[0] ?? 1} samples in ${path} and ${first.shape[0] ?? 1} in ${first.path}`)
  }
  if (isOurs) last = Hdf5Twin.of(pages, dataset, dataSets)
  return dataSets
}

/** Bytes that a description takes in memory, about. */
function cost({ storage }: DataSet): number {
  if (storage.kind === 'chunked') return 800 + storage.offsets.byteLength + (storage.sizes?.byteLength ?? 0) + (storage.masks?.byteLength ?? 0)
  return 600 + (storage.kind === 'inline' ? storage.bytes.length : 0)
}

/** All data sets, by their paths. Those that are not of numbers are listed without values. */
async function inspect(source: ByteSource, _hint: OpenHint): Promise<Inspection> {
  const pages = new Pages(source)
  const { value: { all, main } } = await learn(source, pages, (tree) => ({ all: tree.all(), main: mainDataSets(tree)[0] }))
  const arrays: Inspection['arrays'][number][] = []
  for (const dataSet of all) {
    const { path, type, shape } = dataSet
    const tensor = type.dtype && await rowsOf(source, pages, dataSet, { first: 0, count: shape[0] ?? 1 })
    arrays.push({ name: path, dtype: type.name, shape, ...(tensor && { tensor }) })
  }
  return { numSamples: main ? main.shape[0] ?? 1 : 0, arrays }
}
