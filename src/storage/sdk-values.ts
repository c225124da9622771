// Between the values of the AWS SDK and ours.

import { Buffer } from 'node:buffer'
import { abortable } from './abortable.ts'
import { unquote } from './s3/list-xml.ts'
import type { WriteOptions } from './store.ts'

export interface Counter { bytes: number }

/** Copies: a chunk's memory is its source's again as soon as the next is asked for, and lib-storage asks ahead. */
export async function * counted(body: AsyncIterable<Uint8Array>, counter: Counter, { signal, size }: WriteOptions): AsyncGenerator<Buffer> {
  for await (const chunk of abortable(body, signal)) {
    counter.bytes += chunk.length
    if (size !== undefined && counter.bytes > size) break
    yield Buffer.from(chunk)
  }
  if (size !== undefined && counter.bytes !== size) throw new RangeError(`body of ${counter.bytes} bytes where ${size} were announced`)
}

export function extras(etag: string | undefined, lastModified?: Date): { etag?: string; lastModified?: Date } {
  return { ...(etag === undefined ? {} : { etag: unquote(etag) }), ...(lastModified ? { lastModified } : {}) }
}

export function headersOf({ ContentLength, ContentRange, ETag }: { ContentLength?: number | undefined; ContentRange?: string | undefined; ETag?: string | undefined }): Map<string, string> {
  const headers = new Map<string, string>()
  if (ContentLength !== undefined) headers.set('content-length', String(ContentLength))
  if (ContentRange !== undefined) headers.set('content-range', ContentRange)
  if (ETag !== undefined) headers.set('etag', ETag)
  return headers
}
