// Between the values of the AWS SDK and ours.

import { Buffer } from 'node:buffer'
import { checksumAlgorithms, headerOf, type ChecksumAlgorithm } from '../util/checksum.ts'
import { abortable } from './abortable.ts'
import type { ResponseHead } from './s3/http-head.ts'
import { unquote } from './s3/list-xml.ts'
import type { ObjectMeta, WriteOptions } from './store.ts'

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

interface Told { readonly ETag?: string | undefined; readonly LastModified?: Date | undefined; readonly VersionId?: string | undefined }

/** Beside key and size. */
export function extras({ ETag, LastModified, VersionId }: Told): Pick<ObjectMeta, 'etag' | 'lastModified' | 'version'> {
  return { ...(ETag === undefined ? {} : { etag: unquote(ETag) }), ...(LastModified ? { lastModified: LastModified } : {}), ...(VersionId === undefined ? {} : { version: VersionId }) }
}

/** Of object content in the body of a command. */
export function bytesIn(command: object): number {
  const { Body } = (command as { readonly input: { readonly Body?: unknown } }).input
  return Body instanceof Uint8Array ? Body.length : 0
}

type GetAnswer = { readonly [K in `Checksum${ChecksumAlgorithm}`]?: string | undefined } & {
  readonly $metadata: { readonly httpStatusCode?: number | undefined }
  readonly ContentLength?: number | undefined; readonly ContentRange?: string | undefined; readonly ETag?: string | undefined; readonly ChecksumType?: string | undefined
}

/** Of an answer to GetObject: its status, and the headers that our own client looks at. */
export function headOf(answer: GetAnswer): ResponseHead {
  const { ContentLength, ContentRange, ETag, ChecksumType } = answer
  const all = [
    ['content-length', ContentLength?.toString()], ['content-range', ContentRange], ['etag', ETag], ['x-amz-checksum-type', ChecksumType],
    ...checksumAlgorithms.map((algorithm) => [headerOf(algorithm), answer[`Checksum${algorithm}`]] as const),
  ] as const
  const headers = new Map(all.filter((header): header is [string, string] => header[1] !== undefined))
  return { status: answer.$metadata.httpStatusCode ?? 0, minorVersion: 1, headers }
}
