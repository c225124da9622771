// What an index file says of itself, at its end: which data set it is of, and which columns lie where. Pure.

import type { DataSetName } from './names.ts'

/** Which data set: an index of any other one is refused. */
export interface IndexIdentity {
  /** "s3://bucket/prefix". The endpoint is not part of it: what is behind it is looked at. */
  readonly location: string
  readonly format: string
  readonly extension: string
  readonly numSamplesPerFile: number
}

/** What is known of one set besides its columns. */
export interface IndexedSetFacts {
  readonly set: DataSetName
  readonly numFiles: number
  readonly numSubfolders: number
  /** What all keys begin with; not in the key column. */
  readonly keyPrefix: string
  /** Bytes of all files. */
  readonly bytes: number
  /** The last of the set's files in key order; '' when there are none. */
  readonly lastKey: string
  /** The store has more files than these, and the workload does not want them. */
  readonly isSubset: boolean
  /** What the listing had to say. */
  readonly warnings: readonly string[]
}

/** text: UTF-8 with 0xff behind each row. md5: 16 bytes a row. u32 and f64: little-endian numbers. */
const encodings = ['text', 'md5', 'u32', 'f64'] as const
export type Encoding = (typeof encodings)[number]

/** One column of one set. Those of a name that is not known here are passed over, so that later versions may add some. */
export interface Section {
  readonly set: DataSetName
  /** "key", "size" or "etag". */
  readonly column: string
  readonly encoding: Encoding
  /** Bytes; sections follow one another in the order of the contents. */
  readonly length: number
  readonly crc32: number
}

export interface IndexContents {
  /** ISO 8601. */
  readonly created: string
  readonly identity: IndexIdentity
  readonly sets: readonly IndexedSetFacts[]
  readonly sections: readonly Section[]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isEncoding = (value: unknown): boolean => (encodings as readonly unknown[]).includes(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isSetName = (value: unknown): boolean => value === 'train' || value === 'valid'
const isList = (isItem: (value: unknown) => boolean) => (value: unknown): boolean => Array.isArray(value) && value.every(isItem)
const isLike = (shape: Readonly<Record<string, (value: unknown) => boolean>>) => (value: unknown): boolean => isRecord(value) && Object.entries(shape).every(([key, isRight]) => isRight(value[key]))

const isIdentity = isLike({ location: isText, format: isText, extension: isText, numSamplesPerFile: isCount } satisfies Record<keyof IndexIdentity, unknown>)
const isSet = isLike({ set: isSetName, numFiles: isCount, numSubfolders: isCount, keyPrefix: isText, bytes: isCount, lastKey: isText, isSubset: isFlag, warnings: isList(isText) } satisfies Record<keyof IndexedSetFacts, unknown>)
const isSection = isLike({ set: isSetName, column: isText, encoding: isEncoding, length: isCount, crc32: isCount } satisfies Record<keyof Section, unknown>)
const isContents = isLike({ created: isText, identity: isIdentity, sets: isList(isSet), sections: isList(isSection) } satisfies Record<keyof IndexContents, unknown>)

/** Bytes a row takes at least; exactly so many where the width is fixed. */
const widths: Readonly<Record<Encoding, { readonly bytes: number; readonly fixed: boolean }>> = {
  text: { bytes: 1, fixed: false }, md5: { bytes: 16, fixed: true }, u32: { bytes: 4, fixed: true }, f64: { bytes: 8, fixed: true },
}

/** The contents, or undefined when `text` is not such a document or contradicts itself or the bytes that there are for sections. */
export function parseContents(text: string, sectionBytes: number): IndexContents | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isContents(document)) return undefined
  const contents = document as IndexContents
  const { sets, sections } = contents
  if (new Set(sets.map(({ set }) => set)).size !== sets.length) return undefined
  if (sections.reduce((sum, { length }) => sum + length, 0) !== sectionBytes) return undefined
  return sets.every((set) => hasColumns(set, sections)) ? contents : undefined
}

/** Memory is made for as many rows as the contents say, so these must be as many as the bytes can hold. */
function hasColumns({ set, numFiles }: IndexedSetFacts, sections: readonly Section[]): boolean {
  const known: Readonly<Record<string, readonly Encoding[]>> = { key: ['text'], size: ['u32', 'f64'], etag: ['md5', 'text'] }
  return Object.entries(known).every(([column, allowed]) => {
    const found = sections.filter((section) => section.set === set && section.column === column)
    if (found.length !== 1) return found.length === 0 && column === 'etag'
    const { encoding, length } = found[0]!
    const { bytes, fixed } = widths[encoding]
    return allowed.includes(encoding) && (fixed ? length === bytes * numFiles : length >= bytes * numFiles && (numFiles > 0 || length === 0))
  })
}
