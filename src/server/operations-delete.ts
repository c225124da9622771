// DeleteObjects: up to a thousand keys in one request.

import { MiB } from '../util/units.ts'
import { claimedChecksum, receiveBody } from './body.ts'
import { S3Error } from './errors.ts'
import { xmlResponse, type Operation } from './operation.ts'
import { maxKeyBytes } from './request.ts'
import { childText, element, parseXml, textElement, type XmlNode } from './xml.ts'

const maxKeys = 1000

function keyOf(node: XmlNode): string {
  const key = childText(node, 'Key')
  const other = node.children.find((child) => child.name !== 'Key')
  if (other) throw new S3Error('NotImplemented', { fields: { Element: other.name } })
  if (!key) throw new S3Error('MalformedXML')
  return key
}

export const deleteObjects: Operation = {
  name: 'DeleteObjects', parameters: ['delete'], body: true,
  async run(request, { buckets }) {
    const bucket = buckets.get(request.bucket)
    if (!request.headers.has('content-md5') && !claimedChecksum(request.headers)) {
      throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5' })
    }
    const { bytes } = await receiveBody(request, { limit: 8 * MiB })
    const root = parseXml(bytes)
    const objects = root.children.filter((child) => child.name === 'Object')
    const quiet = childText(root, 'Quiet')?.trim() ?? 'false'
    const others = root.children.some((child) => child.name !== 'Object' && child.name !== 'Quiet')
    if (root.name !== 'Delete' || others || !['true', 'false'].includes(quiet) || objects.length === 0 || objects.length > maxKeys) throw new S3Error('MalformedXML')
    const keys = objects.map(keyOf)
    let result = ''
    for (const key of keys) {
      if (Buffer.byteLength(key) > maxKeyBytes) {
        result += element('Error', textElement('Key', key), textElement('Code', 'KeyTooLongError'), textElement('Message', 'Your key is too long'))
        continue
      }
      buckets.remove(bucket, key)
      if (quiet === 'false') result += element('Deleted', textElement('Key', key))
    }
    return xmlResponse('DeleteResult', result)
  },
}
