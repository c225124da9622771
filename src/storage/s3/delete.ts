// Deleting objects, or versions of them: one by itself, many by up to a thousand in one request.

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { storageFault } from '../faults.ts'
import type { ObjectVersion } from '../store.ts'
import { refusalFault } from './errors.ts'
import { unless, type S3Requests } from './requests.ts'
import { canonicalQuery } from './sigv4.ts'
import { elements, escapeXml, hasRoot, isXmlText, textOf } from './xml.ts'

/** What S3 allows in one request. */
const batchSize = 1000

/** A key, of which a bucket may keep versions, or one version for good. */
export interface Doomed { readonly key: string; readonly version?: string }

/** Which go together in one request, and which by themselves: one alone, and those whose keys XML cannot hold. */
export function deletions<T extends Doomed>(doomed: readonly T[]): { readonly batches: readonly (readonly T[])[]; readonly single: readonly T[] } {
  if (doomed.length === 1) return { batches: [], single: doomed }
  const many = doomed.filter(({ key }) => isXmlText(key))
  const batches = Array.from({ length: Math.ceil(many.length / batchSize) }, (_, i) => many.slice(i * batchSize, (i + 1) * batchSize))
  return { batches, single: doomed.filter(({ key }) => !isXmlText(key)) }
}

const deleteQuery = canonicalQuery({ delete: '' })

/** Resolves to the delete markers that were made. */
export async function deleteObjects(requests: S3Requests, doomed: readonly Doomed[], signal: AbortSignal | undefined): Promise<readonly ObjectVersion[]> {
  const { batches, single } = deletions(doomed)
  const markers: ObjectVersion[] = []
  for (const batch of batches) markers.push(...await deleteBatch(requests, batch, signal))
  for (const each of single) {
    const marker = await unless(deleteOne(requests, each, signal), ({ reason }) => reason === 'no-key', undefined)
    if (marker) markers.push(marker)
  }
  return markers
}

/** Of answers that tell of one object, where the bucket makes versions. */
export const versionHeader = 'x-amz-version-id'

/** Of what a bucket stores whose versions are suspended. MinIO does not tell it. */
export const nullVersion = 'null'

/** The query that names a version. */
export function versionQuery(version: string | undefined): string {
  return version === undefined ? '' : canonicalQuery({ versionId: version })
}

async function deleteOne(requests: S3Requests, { key, version }: Doomed, signal: AbortSignal | undefined): Promise<ObjectVersion | undefined> {
  const { head: { headers } } = await requests.send({ operation: 'delete', method: 'DELETE', key, query: versionQuery(version) }, signal)
  return version === undefined && headers.get('x-amz-delete-marker') === 'true' ? { key, version: headers.get(versionHeader) ?? nullVersion } : undefined
}

async function deleteBatch(requests: S3Requests, doomed: readonly Doomed[], signal: AbortSignal | undefined): Promise<readonly ObjectVersion[]> {
  const items = doomed.map(({ key, version }) => `<Object><Key>${escapeXml(key)}</Key>${version === undefined ? '' : `<VersionId>${escapeXml(version)}</VersionId>`}</Object>`).join('')
  // A quiet answer would not tell of delete markers.
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>false</Quiet>${items}</Delete>`)
  const answer = await requests.send({
    operation: 'delete', method: 'POST', isIdempotent: true, query: deleteQuery, body, isBodySigned: true,
    headers: [['content-md5', createHash('md5').update(body).digest('base64')]],
  }, signal)
  const xml = new TextDecoder().decode(answer.body)
  const context = requests.context('delete')
  if (!hasRoot(xml, 'DeleteResult')) throw storageFault('protocol', `${context.endpoint} answered a multi-object delete with something else: ${JSON.stringify(xml.slice(0, 60))}`, context, { hint: 'the store may not support it' })
  for (const failed of elements(xml, 'Error')) {
    const code = textOf(failed, 'Code')
    if (isAbsence(code)) continue
    throw refusalFault({ status: answer.head.status, code, message: textOf(failed, 'Message') }, requests.context('delete', textOf(failed, 'Key') ?? ''))
  }
  return xml.includes('<DeleteMarker>') ? [...elements(xml, 'Deleted')].flatMap(markerIn) : []
}

/** What is to be deleted is not there. */
export function isAbsence(code: string | undefined): boolean {
  return code === 'NoSuchKey' || code === 'NoSuchVersion'
}

/** None in what is told of a version: that one was deleted, and not made. */
function markerIn(deleted: string): readonly ObjectVersion[] {
  const key = textOf(deleted, 'Key'), version = textOf(deleted, 'DeleteMarkerVersionId') ?? nullVersion
  const isMade = textOf(deleted, 'DeleteMarker') === 'true' && !textOf(deleted, 'VersionId')
  return isMade && key !== undefined ? [{ key, version }] : []
}
