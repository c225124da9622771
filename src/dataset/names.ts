// Where the files of a data set are. Source: DLIO's naming rule; the width is that of the count itself, not of the last index.

export type DataSetName = 'train' | 'valid'

/** What decides every key of a data set. Counts of files and subfolders are DLIO's num_files_* and num_subfolders_*. */
export interface Layout {
  /** Key prefix of the data folder without a slash at its end; '' is the container's top. */
  readonly prefix: string
  /** dataset.file_prefix: "img". */
  readonly filePrefix: string
  /** Without the dot; DLIO uses the format's name. */
  readonly extension: string
  readonly numFilesTrain: number
  readonly numFilesEval: number
  /** 0 and 1 are both flat: DLIO writes 1 flat and then cannot read it. */
  readonly numSubfoldersTrain: number
  readonly numSubfoldersEval: number
}

export function numFilesOf(layout: Layout, set: DataSetName): number {
  return set === 'train' ? layout.numFilesTrain : layout.numFilesEval
}

/** Subfolders that there really are: 0 when flat. */
export function numSubfoldersOf(layout: Layout, set: DataSetName): number {
  const configured = set === 'train' ? layout.numSubfoldersTrain : layout.numSubfoldersEval
  return configured > 1 ? configured : 0
}

/** `prefix` + "/" + `rest`, without the slash where there is no prefix. */
export function joinKey(prefix: string, rest: string): string {
  return prefix === '' ? rest : `${prefix}/${rest}`
}

/** "data/train/": what the keys of a set begin with. */
export function setPrefix(layout: Layout, set: DataSetName): string {
  return joinKey(layout.prefix, `${set}/`)
}

/** "3": the name of subfolder `index`, as wide as the number of subfolders. */
export function subfolderName(layout: Layout, set: DataSetName, index: number): string {
  const count = String(numSubfoldersOf(layout, set))
  return String(index).padStart(count.length, '0')
}

/** Objects beside the data files that are none: markers that tools write for folders, and the index files of DLIO's indexed formats. */
export function isCompanion(key: string): boolean {
  return key.endsWith('/') || key.endsWith('.off.idx') || key.endsWith('.sz.idx')
}

/** Whether discovery takes `key`, which begins with the set's prefix, for one of its files: the extension and the depth count, not the name. */
export function isDataFile(layout: Layout, set: DataSetName, key: string): boolean {
  const { extension } = layout
  const depth = key.slice(setPrefix(layout, set).length).split('/').length - 1
  return (key.endsWith(extension) || key.endsWith(extension.toUpperCase())) && depth === (numSubfoldersOf(layout, set) > 0 ? 1 : 0)
}

/** The key of file `index` of a set: "data/train/img_007_of_168.npz". */
export function fileKey(layout: Layout, set: DataSetName, index: number): string {
  const count = String(numFilesOf(layout, set))
  const number = String(index).padStart(count.length, '0')
  const numSubfolders = numSubfoldersOf(layout, set)
  const folder = numSubfolders === 0 ? '' : `${subfolderName(layout, set, index % numSubfolders)}/`
  return `${setPrefix(layout, set)}${folder}${layout.filePrefix}_${number}_of_${count}.${layout.extension}`
}

/** The index that `key` has in a set, or undefined when it is not exactly one of the set's keys. */
export function fileIndexOf(layout: Layout, set: DataSetName, key: string): number | undefined {
  const count = String(numFilesOf(layout, set))
  const end = key.length - `_of_${count}.${layout.extension}`.length
  const digits = key.slice(Math.max(0, end - count.length), Math.max(0, end))
  const index = /^\d+$/.test(digits) ? Number(digits) : -1
  const isIndex = index >= 0 && index < numFilesOf(layout, set)
  return isIndex && fileKey(layout, set, index) === key ? index : undefined
}
