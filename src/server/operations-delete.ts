// DeleteObjects: up to a thousand keys, or versions of keys, in one request.

import { MiB } from '../util/units.ts'
import { claimedChecksum, receiveBody } from './body.ts'
import type { Bucket } from './buckets.ts'
import { S3Error } from './errors.ts'
import { xmlResponse, type Operation, type ServerState } from './operation.ts'
import { maxKeyBytes } from './request.ts'
import { versionOf } from './versions.ts'
import { childText, element, parseXml, textElement, type XmlNode } from './xml.ts'

const maxKeys = 1000

interface Doomed { readonly key: string; readonly version: string | undefined }

function doomedOf(node: XmlNode): Doomed {
  const key = childText(node, 'Key')
  const other = node.children.find((child) => child.name !== 'Key' && child.name !== 'VersionId')
  if (other) throw new S3Error('NotImplemented', { fields: { Element: other.name } })
  if (!key) throw new S3Error('MalformedXML')
  return { key, version: childText(node, 'VersionId') }
}

/** The elements of the answer that tell of one object. @throws {S3Error} that one's */
function remove({ key, version }: Doomed, bucket: Bucket, { buckets, now }: ServerState): string {
  if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error('KeyTooLongError')
  const info = version === undefined ? buckets.remove(bucket, key, now()) : buckets.removeVersion(bucket, key, version)
  const marker = info?.isMarker ? textElement('DeleteMarker', true) + textElement('DeleteMarkerVersionId', versionOf(info)) : ''
  return element('Deleted', textElement('Key', key), textElement('VersionId', version), marker)
}

export const deleteObjects: Operation = {
  name: 'DeleteObjects', parameters: ['delete'], body: true,
  async run(request, state) {
    const bucket = state.buckets.get(request.bucket)
    if (!request.headers.has('content-md5') && !claimedChecksum(request.headers)) {
      throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5' })
    }
    const { bytes } = await receiveBody(request, { limit: 8 * MiB })
    const root = parseXml(bytes)
    const objects = root.children.filter((child) => child.name === 'Object')
    const quiet = childText(root, 'Quiet')?.trim() ?? 'false'
    const others = root.children.some((child) => child.name !== 'Object' && child.name !== 'Quiet')
    if (root.name !== 'Delete' || others || !['true', 'false'].includes(quiet) || objects.length === 0 || objects.length > maxKeys) throw new S3Error('MalformedXML')
    const doomed = objects.map(doomedOf)
    let result = ''
    for (const each of doomed) {
      try {
        const deleted = remove(each, bucket, state)
        if (quiet === 'false') result += deleted
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        result += element('Error', textElement('Key', each.key), textElement('VersionId', each.version), textElement('Code', error.code), textElement('Message', error.message))
      }
    }
    return xmlResponse('DeleteResult', result)
  },
}
