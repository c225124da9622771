// `.dlio-s3.json` in the data folder: what a generated data set is, so that it can be resumed, verified and removed, and
// nothing else ever is. It lists no keys: it holds the few numbers that every key and byte follow from.

import { itemSizes } from '../format/tensor.ts'
import type { Cancel, ObjectStore } from '../storage/store.ts'
import { Fault, isFault } from '../util/fault.ts'
import { contentVersion } from './content.ts'
import { joinKey } from './names.ts'
import type { DatasetSettings } from './settings.ts'

const schema = 'dlio-s3/manifest@1'
/** Bytes. Ours have less than 2 KiB. */
const maxSize = 64 * 1024

export interface Manifest {
  /** Of dlio-s3, when the data set was begun. */
  readonly version: string
  /** ISO 8601. */
  readonly created: string
  /** Whether objects that were there before were taken as they were: their content is then not ours, and they are not ours to remove. */
  readonly adopted: boolean
  readonly contentVersion: number
  readonly settings: DatasetSettings
}

type FieldType = 'count' | 'number' | 'text' | 'counts' | 'dtype'
type Field = Exclude<keyof DatasetSettings, 'prefix' | 'seed' | 'encode'>

/** The manifest's key `dataset`, in DLIO's words. The data folder is not in it: a copied data set stays valid. */
const fields: { readonly [K in Field]: readonly [name: string, type: FieldType] } = {
  format: ['format', 'text'],
  numFilesTrain: ['num_files_train', 'count'],
  numFilesEval: ['num_files_eval', 'count'],
  numSubfoldersTrain: ['num_subfolders_train', 'count'],
  numSubfoldersEval: ['num_subfolders_eval', 'count'],
  filePrefix: ['file_prefix', 'text'],
  extension: ['extension', 'text'],
  numSamplesPerFile: ['num_samples_per_file', 'count'],
  recordLength: ['record_length_bytes', 'number'],
  recordLengthStdev: ['record_length_bytes_stdev', 'number'],
  recordDims: ['record_dims', 'counts'],
  elementType: ['record_element_type', 'dtype'],
}

const fieldNames = Object.keys(fields) as Field[]

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

const hasType: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  count: isCount,
  number: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  text: (value) => typeof value === 'string',
  counts: (value) => Array.isArray(value) && value.every(isCount),
  dtype: (value) => typeof value === 'string' && Object.hasOwn(itemSizes, value),
}

export function manifestKey(prefix: string): string {
  return joinKey(prefix, '.dlio-s3.json')
}

export function manifestText({ version, created, adopted, contentVersion: content, settings }: Manifest): string {
  const dataset = Object.fromEntries(fieldNames.map((name) => [fields[name][0], settings[name]]))
  const document = { schema, version, created, adopted, content: { version: content, seed: settings.seed }, dataset, encode: settings.encode }
  return `${JSON.stringify(document, null, 2)}\n`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is wrong with a document, or the manifest that it is. */
function manifestOf(document: unknown, prefix: string): Manifest | string {
  if (!isRecord(document)) return 'it is no JSON object'
  const { version, created, adopted, content, dataset, encode } = document
  if (document['schema'] !== schema) return `its schema is ${JSON.stringify(document['schema'])}, not "${schema}"`
  if (typeof version !== 'string' || typeof created !== 'string' || typeof adopted !== 'boolean') return 'version, created or adopted is missing'
  if (!isRecord(content) || !isCount(content['version']) || !isCount(content['seed'])) return 'content.version or content.seed is not a count'
  if (!isRecord(encode) || typeof encode['compression'] !== 'string' || typeof encode['compressionLevel'] !== 'number') return 'encode is not a set of encode options'
  if (!isRecord(dataset)) return 'dataset is missing'
  const bad = fieldNames.find((name) => !hasType[fields[name][1]](dataset[fields[name][0]]))
  if (bad) return `dataset.${fields[bad][0]} is ${JSON.stringify(dataset[fields[bad][0]])}`
  const values = Object.fromEntries(fieldNames.map((name) => [name, dataset[fields[name][0]]]))
  const settings = { ...values, prefix, seed: content['seed'], encode } as unknown as DatasetSettings
  return { version, created, adopted, contentVersion: content['version'], settings }
}

/** @throws {Fault} 'usage' when the text is not a manifest that this version reads. `prefix` is the folder it was found in. */
export function parseManifest(text: string, prefix: string): Manifest {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    document = undefined
  }
  const result = manifestOf(document, prefix)
  if (typeof result === 'string') throw unreadable(prefix, result)
  return result
}

function unreadable(prefix: string, why: string): Fault {
  return new Fault('usage', `"${manifestKey(prefix)}" is not a manifest that this version of dlio-s3 reads: ${why}`, {
    info: { key: 'workload.dataset.data_folder' },
    hint: 'Use another workload.dataset.data_folder, or remove that object if the data set is not needed.',
  })
}

/** The manifest of the data folder `prefix`, or undefined when there is none. */
export async function readManifest(store: ObjectStore, prefix: string, options: Cancel = {}): Promise<Manifest | undefined> {
  const key = manifestKey(prefix)
  try {
    const { size, etag } = await store.head(key, options)
    if (size > maxSize) throw unreadable(prefix, `it has ${size} bytes`)
    const bytes = new Uint8Array(size)
    if (size > 0) await store.read(key, { offset: 0, length: size }, bytes, { ...options, ifMatch: etag })
    return parseManifest(Buffer.from(bytes).toString('utf8'), prefix)
  } catch (error) {
    if (isFault(error, 'storage') && error.info.reason === 'no-key') return undefined
    throw error
  }
}

export function newManifest(settings: DatasetSettings, facts: Pick<Manifest, 'version' | 'created' | 'adopted'>): Manifest {
  return { ...facts, contentVersion, settings }
}

/** What matters of a manifest: two data sets whose values are equal are the same objects. */
function relevantValues({ settings, contentVersion: content }: Manifest): Map<string, string> {
  const { encode } = settings
  const relevant = {
    ...settings,
    numSubfoldersTrain: settings.numSubfoldersTrain > 1 ? settings.numSubfoldersTrain : 0,
    numSubfoldersEval: settings.numSubfoldersEval > 1 ? settings.numSubfoldersEval : 0,
    ...(settings.recordDims.length > 0 ? { recordLength: 0, recordLengthStdev: 0 } : {}),
  }
  const { hdf5, ...common } = encode
  const options = { ...common, ...(encode.compression === 'none' ? { compressionLevel: 0 } : {}), ...hdf5 }
  return new Map([
    ...fieldNames.map((name) => [fields[name][0], JSON.stringify(relevant[name])] as const),
    ...Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['seed of the content', String(settings.seed)],
    ['version of the content', String(content)],
  ])
}

export interface Difference {
  /** DLIO's key, where it has one. */
  readonly name: string
  readonly there: string
  readonly asked: string
}

/** Where the data set that is there differs from the one asked for. Neither folder, dates nor versions of dlio-s3 count. */
export function manifestDifferences(there: Manifest, asked: Manifest): Difference[] {
  const a = relevantValues(there), b = relevantValues(asked)
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((name) => ({ name, there: a.get(name) ?? 'nothing', asked: b.get(name) ?? 'nothing' }))
    .filter((row) => row.there !== row.asked)
}
