// What an operation is: a name, what it may be sent, and a function from request to response.

import { S3Error } from './errors.ts'
import type { Sessions } from './directory-buckets.ts'
import type { Delivery } from './fault-delivery.ts'
import type { Buckets } from './buckets.ts'
import { xmlDocument } from './xml.ts'
import type { Uploads } from './multipart.ts'
import type { ObjectBackend } from './objects.ts'
import type { S3Request } from './request.ts'

export interface S3Response {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text, or bytes that may be any number of pieces; `length` bytes together. Absent: no bytes. */
  readonly body?: string | { readonly length: number; readonly bytes: readonly Uint8Array[] | AsyncIterable<Uint8Array> }
  /** How it is sent, where that goes wrong. */
  readonly delivery?: Delivery
}

/** What operations work on. */
export interface ServerState {
  readonly region: string
  readonly buckets: Buckets
  readonly uploads: Uploads
  readonly sessions: Sessions
  readonly backend: ObjectBackend
  /** Whole seconds, in milliseconds since 1970: S3 has no finer times. */
  readonly now: () => number
}

export interface Operation {
  readonly name: string
  /** Query parameters it understands, beside those of a presigned URL. */
  readonly parameters: readonly string[]
  /** Whether the request may bring a body. */
  readonly body: boolean
  run(request: S3Request, state: ServerState): S3Response | Promise<S3Response>
}

/** Answers a request. A layer takes a handler and gives a handler: authentication is a layer. */
export type Handler = (request: S3Request) => S3Response | Promise<S3Response>
export type Layer = (next: Handler) => Handler

export function xmlResponse(name: string, ...children: readonly string[]): S3Response {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: xmlDocument(name, ...children) }
}

export const owner = '<ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>dlio-s3</DisplayName>'

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** A parameter that must be a whole number of at least 0. @throws {S3Error} InvalidArgument */
export function countParameter({ query }: S3Request, name: string, absent: number): number {
  const text = query.parameters.get(name)
  if (text === undefined || text === '') return absent
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw new S3Error('InvalidArgument', { message: `Provided ${name} not an integer or within integer range`, fields: { ArgumentName: name, ArgumentValue: text } })
  }
  return Number(text)
}
