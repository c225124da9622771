// Deleting objects: one by itself, many by up to a thousand in one request.

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { storageFault } from '../faults.ts'
import { refusalFault } from './errors.ts'
import { unless, type S3Requests } from './requests.ts'
import { canonicalQuery } from './sigv4.ts'
import { elements, escapeXml, hasRoot, isXmlText, textOf } from './xml.ts'

/** What S3 allows in one request. */
const batchSize = 1000

/** Which keys go together in one request, and which by themselves: one alone, and those that XML cannot hold. */
export function deletions(keys: readonly string[]): { readonly batches: readonly (readonly string[])[]; readonly single: readonly string[] } {
  if (keys.length === 1) return { batches: [], single: keys }
  const many = keys.filter((key) => isXmlText(key))
  const batches = Array.from({ length: Math.ceil(many.length / batchSize) }, (_, i) => many.slice(i * batchSize, (i + 1) * batchSize))
  return { batches, single: keys.filter((key) => !isXmlText(key)) }
}

const deleteQuery = canonicalQuery({ delete: '' })

export async function deleteObjects(requests: S3Requests, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const { batches, single } = deletions(keys)
  for (const batch of batches) await deleteBatch(requests, batch, signal)
  for (const key of single) {
    const gone = requests.send({ operation: 'delete', method: 'DELETE', key }, signal).then(() => {})
    await unless(gone, ({ reason }) => reason === 'no-key', undefined)
  }
}

async function deleteBatch(requests: S3Requests, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const items = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('')
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${items}</Delete>`)
  const answer = await requests.send({
    operation: 'delete', method: 'POST', isIdempotent: true, query: deleteQuery, body, isBodySigned: true,
    headers: [['content-md5', createHash('md5').update(body).digest('base64')]],
  }, signal)
  const xml = new TextDecoder().decode(answer.body)
  const context = requests.context('delete')
  if (!hasRoot(xml, 'DeleteResult')) throw storageFault('protocol', `${context.endpoint} answered a multi-object delete with something else: ${JSON.stringify(xml.slice(0, 60))}`, context, { hint: 'the store may not support it' })
  for (const failed of elements(xml, 'Error')) {
    const code = textOf(failed, 'Code')
    if (code === 'NoSuchKey') continue
    throw refusalFault({ status: answer.head.status, code, message: textOf(failed, 'Message') }, requests.context('delete', textOf(failed, 'Key') ?? ''))
  }
}
