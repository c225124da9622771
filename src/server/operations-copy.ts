// CopyObject. The bytes are shared with the source, or copied file to file; they never pass through a request.

import { createHash } from 'node:crypto'
import { createDigest, elementOf, type Checksum } from '../util/checksum.ts'
import { maxObjectBytes, receiveBody } from './body.ts'
import type { Bucket } from './buckets.ts'
import { checkReadConditions, checkWriteConditions } from './conditions.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { storedHeaders } from './object-headers.ts'
import type { ObjectInfo, StoredObject } from './objects.ts'
import { isoTime, xmlResponse, type Operation, type ServerState } from './operation.ts'
import type { S3Request } from './request.ts'
import { decodeUri } from './uri.ts'
import { versionHeaders } from './versions.ts'
import { textElement } from './xml.ts'

function sourceOf({ headers }: S3Request, { buckets }: ServerState): { object: StoredObject; bucket: Bucket; version: string | undefined } {
  const header = headers.get('x-amz-copy-source') ?? ''
  const [path = '', parameter] = header.split('?', 2)
  const version = parameter === undefined ? undefined : /^versionId=(.*)$/.exec(parameter)?.[1]
  if (parameter !== undefined && version === undefined) throw new S3Error('NotImplemented', { fields: { Parameter: parameter } })
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeUri(path))
  if (!match) throw invalidArgument('x-amz-copy-source', header, 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  const bucket = buckets.get(match[1]!)
  return { object: bucket.get(match[2]!, version), bucket, version }
}

/** The ETag and checksum of the copy, which is one part whatever its source was. */
async function fingerprint({ info, content }: StoredObject): Promise<{ etag: string; checksum: Checksum | undefined }> {
  if (!info.partSizes) return { etag: info.etag, checksum: info.checksum }
  const md5 = createHash('md5')
  const digest = info.checksum && createDigest(info.checksum.algorithm)
  for await (const bytes of content.read(0, info.size)) {
    md5.update(bytes)
    digest?.update(bytes)
  }
  const checksum = info.checksum && digest ? { algorithm: info.checksum.algorithm, value: digest.base64(), type: 'FULL_OBJECT' } as const : undefined
  return { etag: md5.digest('hex'), checksum }
}

export const copyObject: Operation = {
  name: 'CopyObject', parameters: [], body: true,
  async run(request, state) {
    const { key, headers } = request
    const { buckets, backend, now } = state
    const bucket = buckets.get(request.bucket)
    const directive = headers.get('x-amz-metadata-directive') ?? 'COPY'
    if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument('x-amz-metadata-directive', directive, 'Unknown metadata directive.')
    const wanted = headers.get('x-amz-checksum-algorithm')
    if (wanted !== undefined) throw new S3Error('NotImplemented', { fields: { Header: 'x-amz-checksum-algorithm' } })
    const { object, bucket: source, version } = sourceOf(request, state)
    if (source === bucket && object.info.key === key && directive === 'COPY' && version === undefined) {
      throw new S3Error('InvalidRequest', { message: 'This copy request is illegal because it is trying to copy an object to itself without changing the object\'s metadata, storage class, website redirect location or encryption attributes.' })
    }
    if (object.info.size > maxObjectBytes) throw new S3Error('InvalidRequest', { message: `The specified copy source is larger than the maximum allowable size for a copy source: ${maxObjectBytes}` })
    checkReadConditions(headers, object.info, 'x-amz-copy-source-')
    await receiveBody(request, { limit: 0, optional: true })
    const { etag, checksum } = await fingerprint(object)
    const content = await backend.join([object.content])
    const info: ObjectInfo = {
      key, size: object.info.size, etag, lastModified: now(),
      headers: directive === 'REPLACE' ? storedHeaders(headers) : object.info.headers, ...(checksum ? { checksum } : {}),
    }
    let put: ObjectInfo
    try {
      checkWriteConditions(headers, bucket.objects.get(key)?.info)
      put = buckets.put(bucket, info, content)
    } catch (error) {
      backend.discard(content)
      throw error
    }
    const response = xmlResponse('CopyObjectResult', textElement('LastModified', isoTime(info.lastModified)), textElement('ETag', `"${etag}"`),
      checksum ? textElement(elementOf(checksum.algorithm), checksum.value) + textElement('ChecksumType', checksum.type) : '')
    const { 'x-amz-version-id': copied } = versionHeaders(source, object.info)
    return { ...response, headers: { ...response.headers, ...versionHeaders(bucket, put), ...(copied === undefined ? {} : { 'x-amz-copy-source-version-id': copied }) } }
  },
}
