// The files of a set as the store has them, in DLIO's order, checked against what the workload wants.
// Source: DLIO's discovery: any file with the format's extension counts, the number in its name is never read.

import type { ObjectStore } from '../storage/store.ts'
import { Fault } from '../util/fault.ts'
import type { FileTable } from './file-table.ts'
import { FoundFiles } from './found-files.ts'
import { visitPages, type ListRequest } from './key-ranges.ts'
import { numFilesOf, numSubfoldersOf, setPrefix, type DataSetName, type Layout } from './names.ts'

export interface ListingOptions extends ListRequest {
  readonly numSamplesPerFile: number
}

export interface FileListing {
  /** Exactly the number of files that the layout asks for. */
  readonly table: FileTable
  /** For people: one sentence each. */
  readonly warnings: readonly string[]
  /** Of the files in `table`. */
  readonly bytes: number
  /** The last of the set's files in key order, wanted or not; '' when there are none. */
  readonly lastKey: string
  /** There are more files than are wanted. */
  readonly isSubset: boolean
  /** Pages that were fetched. */
  readonly numPages: number
}

/** @throws {Fault} 'dataset' when there are too few files or they lie at another depth; the store's own Faults. */
export async function listFiles(store: ObjectStore, options: ListingOptions): Promise<FileListing> {
  const { layout, set, numSamplesPerFile } = options
  const wanted = numFilesOf(layout, set)
  const { found, numPages } = wanted === 0 ? { found: emptyFinding(layout, set), numPages: 0 } : await collect(store, options)
  checkFolders(found, layout, set)
  if (found.numFiles < wanted) throw await tooFew(store, found, options)
  const warnings = warningsOf(found, layout, set)
  const isSubset = found.numFiles > wanted, lastKey = found.lastKey()
  const table = found.table(wanted, numSamplesPerFile)
  return { table, warnings, bytes: table.sizes.reduce((sum, size) => sum + size, 0), lastKey, isSubset, numPages }
}

function emptyFinding(layout: Layout, set: DataSetName): FoundFiles {
  return new FoundFiles({ numFiles: numFilesOf(layout, set), prefix: setPrefix(layout, set), extension: layout.extension, subfoldered: numSubfoldersOf(layout, set) > 0 })
}

async function collect(store: ObjectStore, options: ListingOptions): Promise<{ found: FoundFiles; numPages: number }> {
  const found = emptyFinding(options.layout, options.set)
  const numPages = await visitPages(store, options, (page, part) => {
    for (const meta of page) found.add(meta, part)
  })
  return { found, numPages }
}

const words = { train: { set: 'training', key: 'train' }, valid: { set: 'evaluation', key: 'eval' } } as const

/** DLIO asserts that the number of subfolders is the configured one, and says nothing when it is not. */
function checkFolders(found: FoundFiles, layout: Layout, set: DataSetName): void {
  const expected = numSubfoldersOf(layout, set)
  const there = found.folders.size
  const key = `workload.dataset.num_subfolders_${words[set].key}`
  const fault = (message: string, value: number): Fault => new Fault('dataset', message, {
    info: { prefix: setPrefix(layout, set), found: there, wanted: expected },
    hint: `Set ++${key}=${value}, or point workload.dataset.data_folder at another data set.`,
  })
  const where = `"${setPrefix(layout, set)}"`
  if (expected === 0) {
    if (found.numFiles >= numFilesOf(layout, set) || there === 0) return
    throw fault(`the ${layout.extension} files under ${where} lie in ${there} subfolders, but ${key} is ${expected}`, there)
  }
  if (there === 0 && found.numFlat > 0) throw fault(`the ${layout.extension} files under ${where} lie in no subfolders, but ${key} is ${expected}`, 0)
  // Fewer files than subfolders leave some of them empty, and an object store has no empty folders.
  if (there > 0 && there !== Math.min(expected, found.numFiles)) throw fault(`${where} has ${there} subfolders of ${layout.extension} files, but ${key} is ${expected}`, there)
}

async function tooFew(store: ObjectStore, found: FoundFiles, { layout, set, signal }: ListingOptions): Promise<Fault> {
  const prefix = setPrefix(layout, set)
  const wanted = numFilesOf(layout, set)
  const name = words[set].set
  return new Fault('dataset',
    `Not enough ${name} dataset is found; Please run the code with ++workload.workflow.generate_data=True `
    + `(${await situation(store, found, { layout, set, signal })}: ${found.numFiles} of ${wanted} files)`, {
      info: { prefix, found: found.numFiles, wanted },
      hint: 'Write the data set first with --generate or ++workload.workflow.generate_data=True, or point workload.dataset.data_folder at where it is.',
    })
}

async function situation(store: ObjectStore, found: FoundFiles, { layout, set, signal }: Pick<ListingOptions, 'layout' | 'set' | 'signal'>): Promise<string> {
  const prefix = setPrefix(layout, set)
  if (found.numFiles > 0) return `"${prefix}" in ${store.name} has too few ${layout.extension} files`
  if (found.numObjects > 0) return `"${prefix}" in ${store.name} has ${found.numObjects} objects, none of them a ${layout.extension} file`
  const folder = prefix.slice(0, -`${set}/`.length)
  for await (const page of store.list(folder, { pageSize: 1, signal })) {
    if (page.length > 0) return `"${folder}" in ${store.name} is there, but nothing is under "${prefix}"`
  }
  return `nothing at all is under "${folder}" in ${store.name}`
}

function warningsOf(found: FoundFiles, layout: Layout, set: DataSetName): string[] {
  const prefix = setPrefix(layout, set)
  const wanted = numFilesOf(layout, set)
  const warnings: string[] = []
  if (found.numFiles > wanted) {
    warnings.push(`Number of files for ${words[set].set} in ${prefix.slice(0, -1)} (${found.numFiles}) is more than requested (${wanted}). A subset of files will be used`)
  }
  const tell = ({ count, example }: { count: number; example: string }, what: string): void => {
    if (count > 0) warnings.push(`${count} of the objects under "${prefix}" ${what}, such as "${example}"`)
  }
  tell(found.empty, 'are data files of 0 bytes')
  tell(found.foreign, `are not ${layout.extension} files and are left out`)
  tell(found.misplaced, `are ${layout.extension} files at another depth and are left out`)
  return warnings
}
