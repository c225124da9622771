// Which operation a request is. What is not here is refused, and so are parameters and headers that would be ignored.

import { checksumAlgorithms, headerOf } from '../util/checksum.ts'
import { S3Error } from './errors.ts'
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload, uploadPart } from './operations-multipart.ts'
import { listMultipartUploads, listParts } from './operations-uploads.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations-bucket.ts'
import { createSession } from './directory-buckets.ts'
import { copyObject } from './operations-copy.ts'
import { deleteObjects } from './operations-delete.ts'
import { listObjects, listObjectsV2 } from './operations-list.ts'
import { getBucketVersioning, listObjectVersions, putBucketVersioning } from './operations-versions.ts'
import { deleteObject, getObject, headObject, putObject } from './operations-object.ts'
import type { Operation } from './operation.ts'
import type { S3Request } from './request.ts'

interface Route {
  readonly method: string
  readonly level: 'service' | 'bucket' | 'object'
  /** Query parameters, or a header, that must be there. The first route that fits is taken. */
  readonly query?: readonly string[]
  readonly header?: string
  readonly operation: Operation
}

const routes: readonly Route[] = [
  { method: 'GET', level: 'service', operation: listBuckets },
  { method: 'GET', level: 'bucket', query: ['session'], operation: createSession },
  { method: 'GET', level: 'bucket', query: ['location'], operation: getBucketLocation },
  { method: 'GET', level: 'bucket', query: ['versioning'], operation: getBucketVersioning },
  { method: 'GET', level: 'bucket', query: ['versions'], operation: listObjectVersions },
  { method: 'GET', level: 'bucket', query: ['uploads'], operation: listMultipartUploads },
  { method: 'GET', level: 'bucket', query: ['list-type'], operation: listObjectsV2 },
  { method: 'GET', level: 'bucket', operation: listObjects },
  { method: 'HEAD', level: 'bucket', operation: headBucket },
  { method: 'PUT', level: 'bucket', query: ['versioning'], operation: putBucketVersioning },
  { method: 'PUT', level: 'bucket', operation: createBucket },
  { method: 'DELETE', level: 'bucket', operation: deleteBucket },
  { method: 'POST', level: 'bucket', query: ['delete'], operation: deleteObjects },
  { method: 'GET', level: 'object', query: ['uploadId'], operation: listParts },
  { method: 'GET', level: 'object', operation: getObject },
  { method: 'HEAD', level: 'object', operation: headObject },
  { method: 'PUT', level: 'object', query: ['uploadId', 'partNumber'], operation: uploadPart },
  { method: 'PUT', level: 'object', header: 'x-amz-copy-source', operation: copyObject },
  { method: 'PUT', level: 'object', operation: putObject },
  { method: 'POST', level: 'object', query: ['uploads'], operation: createMultipartUpload },
  { method: 'POST', level: 'object', query: ['uploadId'], operation: completeMultipartUpload },
  { method: 'DELETE', level: 'object', query: ['uploadId'], operation: abortMultipartUpload },
  { method: 'DELETE', level: 'object', operation: deleteObject },
]

const copyHeaders = ['x-amz-copy-source', 'x-amz-metadata-directive', 'x-amz-copy-source-if-match', 'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since', 'x-amz-copy-source-if-unmodified-since']

const knownHeaders = new Set([
  'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-s3session-token', 'x-amz-create-session-mode', 'x-amz-user-agent', 'x-amz-trailer', 'x-amz-decoded-content-length',
  'x-amz-sdk-checksum-algorithm', 'x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-checksum-mode', 'x-amz-mp-object-size',
  ...checksumAlgorithms.map(headerOf), ...copyHeaders,
])

/** Headers that ask for what is the case anyway. */
const harmless: Readonly<Record<string, string>> = { 'x-amz-storage-class': 'STANDARD', 'x-amz-acl': 'private' }

const presignParameters = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature',
  'X-Amz-Security-Token', 'X-Amz-Content-Sha256', 'x-id']

/** @throws {S3Error} MethodNotAllowed, NotImplemented */
export function route(request: S3Request): Operation {
  const { method, bucket, key, query: { parameters }, headers } = request
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const found = routes.find((each) => each.method === method && each.level === level
    && (each.header === undefined || headers.has(each.header)) && (each.query ?? []).every((name) => parameters.has(name)))
  if (!found) {
    const methods = [...new Set(routes.filter((each) => each.level === level).map((each) => each.method))]
    if (methods.includes(method)) throw new S3Error('NotImplemented')
    throw new S3Error('MethodNotAllowed', { fields: { Method: method, ResourceType: level.toUpperCase() }, headers: { allow: methods.join(', ') } })
  }
  if (parameters.size > 0) checkParameters(parameters, found.operation)
  checkHeaders(request, found.operation)
  return found.operation
}

function checkParameters(parameters: ReadonlyMap<string, string>, operation: Operation): void {
  for (const name of parameters.keys()) {
    if (operation.parameters.includes(name) || presignParameters.includes(name)) continue
    throw new S3Error('NotImplemented', { message: `${operation.name} does not know the query parameter '${name}'.`, fields: { Parameter: name } })
  }
}

function checkHeaders({ headers }: S3Request, operation: Operation): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-') || name.startsWith('x-amz-meta-')) continue
    const known = copyHeaders.includes(name) ? operation === copyObject : knownHeaders.has(name) || harmless[name] === value
    if (!known) throw new S3Error('NotImplemented', { message: `A header you provided implies functionality that is not implemented: ${name}`, fields: { Header: name } })
  }
}
