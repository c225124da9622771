// Removes what a run wrote, by the names it gave and the versions it was told; in its own folder only.

import type { ObjectStore, ObjectVersion, ObjectVersions } from '../storage/store.ts'
import { Fault, isFault } from '../util/fault.ts'
import { StringTable } from '../util/string-table.ts'
import type { Objects } from './load.ts'
import { countMarked, mark } from './marks.ts'
import { numberOf } from './own-objects.ts'
import { notedVersions, unknownVersions, type VersionLog } from './version-log.ts'

export interface Written {
  readonly objects: Objects
  /** Only keys that are not untouched are removed. */
  readonly marks: Uint8Array
  readonly versions: VersionLog
  /** Of the run alone: all keys begin with it. */
  readonly folder: string
}

export interface Removed {
  readonly objects: number
  /** Versions and delete markers; 0 in a bucket that makes none. */
  readonly versions: number
}

/** DeleteObjects takes that many. */
const perRequest = 1000

/** Where a bucket makes versions all of this run's go, delete markers too. @throws {Fault} also when some are left */
export async function removeWritten(store: ObjectStore, written: Written): Promise<Removed> {
  const objects = countMarked(written.marks)
  if (!store.versions) {
    await removeKeys(store, written)
    return { objects, versions: 0 }
  }
  try {
    return { objects, versions: await removeVersions(store, store.versions, written) }
  } catch (error) {
    if (!isFault(error, 'storage') || error.info.reason !== 'denied' || error.info.operation !== 'delete' || !hasVersions(written)) throw error
    // Hidden at least, as far as versions may not be deleted.
    await removeKeys(store, written)
    throw new Fault('storage', `${error.message}, so versions of this run are left behind delete markers below ${written.folder}`, { info: error.info, hint: 'the keys need s3:DeleteObjectVersion where a bucket keeps versions', cause: error })
  }
}

/** Resolves to the delete markers that this has made. */
async function removeKeys(store: ObjectStore, written: Written): Promise<readonly ObjectVersion[]> {
  const markers: ObjectVersion[] = []
  for (const batch of batches(keysOf(written))) markers.push(...await store.delete(batch))
  return markers
}

async function removeVersions(store: ObjectStore, versions: ObjectVersions, written: Written): Promise<number> {
  if (hasVersions(written)) {
    let removed = 0
    for (const batch of batches(versionsOf(written))) {
      await versions.delete(batch)
      removed += batch.length
    }
    return removed + await sweep(versions, written, isComplete(written))
  }
  const markers = await removeKeys(store, written)
  // MinIO tells of null markers in its answer to a request for several keys only.
  const mayBeUntold = countMarked(written.marks) % perRequest === 1
  if (markers.length === 0 && !mayBeUntold) return 0
  // A null marker has taken the place of the object itself; any other hides versions that writes did not tell.
  const nulls = markers.filter(({ version }) => version === 'null')
  if (nulls.length > 0) await versions.delete(nulls)
  return nulls.length + await sweep(versions, written, nulls.length === markers.length)
}

/** Removes the versions that are listed still: of lost answers, and those that are too many to be held. Where all are known it need not be able to. */
async function sweep(versions: ObjectVersions, written: Written, areAllKnown: boolean): Promise<number> {
  const { folder, marks } = written
  let removed = 0
  for (let last: ObjectVersion | undefined; ;) {
    const found = (await listed(versions, written, areAllKnown)).filter(({ key }) => (marks[numberOf(folder, key) ?? -1] ?? mark.untouched) !== mark.untouched)
    const [first] = found
    if (!first) return removed
    if (first.key === last?.key && first.version === last.version) throw new Fault('storage', `version ${first.version} of ${JSON.stringify(first.key)} is there after its removal`, { info: { reason: 'protocol', operation: 'delete', key: first.key }, hint: 'the store does not delete versions' })
    last = first
    await versions.delete(found)
    removed += found.length
  }
}

async function listed(versions: ObjectVersions, written: Written, areAllKnown: boolean): Promise<readonly ObjectVersion[]> {
  try {
    return await versions.list(written.folder)
  } catch (error) {
    if (!isFault(error, 'storage') || !['denied', 'invalid', 'protocol', 'server', 'no-key'].includes(error.info.reason)) throw error
    if (areAllKnown) return []
    const { unheld, doubtful } = unknownVersions(written.versions)
    throw new Fault('storage', `${error.message}, so versions of this run may be left below ${written.folder}: ${unheld} whose ids were too many to be kept, and those of ${doubtful} writes whose answers were lost`, { info: error.info, hint: 'the keys need s3:ListBucketVersions to find them; --keep leaves objects as they are', cause: error })
  }
}

function hasVersions({ versions }: Written): boolean {
  const { value } = notedVersions(versions).next()
  return value !== undefined || unknownVersions(versions).unheld > 0
}

function isComplete({ versions }: Written): boolean {
  const { unheld, doubtful } = unknownVersions(versions)
  return unheld + doubtful === 0
}

function * keysOf({ objects, marks }: Written): Generator<string> {
  const keys = new StringTable(objects.keys)
  for (let index = 0; index < keys.length; index++) if (marks[index] !== mark.untouched) yield keys.get(index)
}

function * versionsOf({ objects, versions }: Written): Generator<ObjectVersion> {
  const keys = new StringTable(objects.keys)
  for (const { index, version } of notedVersions(versions)) yield { key: keys.get(index), version }
}

function * batches<T>(all: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = []
  for (const each of all) {
    if (batch.push(each) < perRequest) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
