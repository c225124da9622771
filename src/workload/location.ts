// Where the data set is: both upstream conventions of storage_root and data_folder, and a target of the user's, brought to one form.
// Pure: no directory is looked at. Knows nothing of endpoints and credentials.

import path from 'node:path'
import { usageFault } from './problems.ts'
import type { Workload } from './schema.ts'

export interface DataLocation {
  readonly scheme: 's3' | 'file' | 'memory'
  /** Bucket, or directory, or a name in memory. */
  readonly container: string
  /** Of every key: without a slash at its end, and without one at its begin or doubled ones unless a target has them; '' for none. */
  readonly prefix: string
}

/**
 * The data set of a workload, or the one that `target` names instead ("s3://bucket/prefix", "file:///dir", "memory://name",
 * or a directory). @throws {Fault} 'usage' when neither names a place.
 */
export function dataLocation(workload: Workload, target?: string): DataLocation {
  if (target !== undefined) return parseLocation(target, '--target')
  const { dataset: { dataFolder }, storage: { storageType, storageRoot, storageOptions } } = workload
  if (hasScheme(dataFolder)) return parseLocation(dataFolder, 'dataset.data_folder')
  if (hasScheme(storageRoot)) return below(parseLocation(storageRoot, 'storage.storage_root'), dataFolder)
  if (storageType === 's3' || storageType === 'aistore') {
    const { uriScheme } = storageOptions
    if (uriScheme === 'file' || uriScheme === 'direct') return directory(storageRoot, dataFolder)
    if (uriScheme !== 's3') throw refusal('storage.storage_options.uri_scheme', `${uriScheme} is a store that this program does not speak to`, 'use an S3 endpoint')
    return below(bucketOf(storageRoot), dataFolder)
  }
  return directory(storageRoot, dataFolder)
}

/** How a location is written: "s3://bucket/prefix". */
export function formatLocation({ scheme, container, prefix }: DataLocation): string {
  return `${scheme}://${container}${prefix === '' ? '' : `${container.endsWith('/') ? '' : '/'}${prefix}`}`
}

function hasScheme(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text)
}

function parseLocation(text: string, key: string): DataLocation {
  const match = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(text)
  if (!match) return directory('', text)
  const scheme = match[1]!.toLowerCase()
  const rest = match[2]!
  if (scheme === 'file' || scheme === 'direct') return directory('', rest)
  const [, container = '', inner = ''] = /^([^/]*)\/?(.*)$/s.exec(rest)!
  if (scheme === 'memory') return { scheme, container: container === '' ? 'memory' : container, prefix: keyPrefix(inner, key) }
  if (scheme !== 's3' && scheme !== 'ais') throw refusal(key, `${scheme}:// is no place that data can be at`, 'write s3://bucket/prefix, file:///directory or memory://name')
  if (container === '') throw refusal(key, `${text} names no bucket`, 'write s3://bucket/prefix')
  return { scheme: 's3', container, prefix: keyPrefix(inner, key) }
}

function bucketOf(storageRoot: string): DataLocation {
  if (storageRoot.startsWith('/')) throw refusal('storage.storage_root', `${storageRoot} is a path where a bucket is needed`, 'set it to the name of the bucket')
  const [bucket = '', ...rest] = storageRoot.split('/').filter((word) => word !== '' && word !== '.')
  if (bucket === '' || bucket === '..') {
    throw refusal('storage.storage_root', 'names no bucket, which storage_type s3 needs', 'set storage.storage_root to the bucket, or name a target such as s3://bucket/prefix')
  }
  return { scheme: 's3', container: bucket, prefix: keyPrefix(rest.join('/'), 'storage.storage_root') }
}

/** A data folder inside a place: more prefix, or more directory. */
function below({ scheme, container, prefix }: DataLocation, dataFolder: string): DataLocation {
  if (scheme === 'file') return directory(container, dataFolder)
  return { scheme, container, prefix: [prefix, keyPrefix(dataFolder, 'dataset.data_folder')].filter((part) => part !== '').join('/') }
}

/** An absolute data folder is the whole place; a relative one is the prefix of the keys below the root, as in a bucket. */
function directory(root: string, dataFolder: string): DataLocation {
  if (path.isAbsolute(dataFolder) || root === '') return { scheme: 'file', container: path.join(dataFolder, '.').replace(/(?<=.)[/\\]$/, ''), prefix: '' }
  const words = dataFolder.split('/').filter((word) => word !== '' && word !== '.')
  if (words.includes('..')) return { scheme: 'file', container: path.join(root, ...words), prefix: '' }
  return { scheme: 'file', container: path.join(root, '.').replace(/(?<=.)[/\\]$/, ''), prefix: words.join('/') }
}

/** A file's spelling of a folder is tidied as DLIO does it. A target is what somebody typed: "//" in it is part of the keys, as with every other tool. */
function keyPrefix(text: string, key: string): string {
  if (key === '--target' && (text === '/' || text.endsWith('//'))) throw refusal(key, `${JSON.stringify(text)} ends in a folder without a name`, 'end it in one slash or none')
  const words = text.replace(/\/$/, '').split('/').filter((word) => word !== '.' && (word !== '' || key === '--target'))
  if (words.includes('..')) throw refusal(key, `${text} leads out of the bucket`, 'leave out ..')
  return words.join('/')
}

function refusal(key: string, message: string, hint: string): Error {
  return usageFault([{ key, message, hint }])
}
