// Writes a response to the socket.

import type { ServerResponse } from 'node:http'
import type { S3Error } from './errors.ts'
import { deliver } from './fault-delivery.ts'
import type { S3Response } from './operation.ts'
import { element, textElement } from './xml.ts'

/** The document of an error as S3 words it. `resource` is the path, `requestId` what the user may quote. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const fields = Object.entries(error.fields).map(([name, value]) => textElement(name, value))
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', textElement('Code', error.code), textElement('Message', error.message),
    ...fields, textElement('Resource', resource), textElement('RequestId', requestId), textElement('HostId', 'dlio-s3'))}`
}

export function errorResponse(error: S3Error, resource: string, requestId: string): S3Response {
  if (error.status === 304) return { status: 304, headers: error.headers }
  const body = errorDocument(error, resource, requestId)
  return { status: error.status, headers: { 'content-type': 'application/xml', ...error.headers }, body }
}

export interface SendOptions {
  readonly requestId: string
  /** The head only, as for HEAD. */
  readonly headOnly: boolean
  /** The connection ends with this response. */
  readonly close: boolean
  /** The server's clock, where it is not that of the machine. */
  readonly date: string | undefined
}

/** Resolves once everything is handed to the socket, or the socket is gone. */
export async function send(out: ServerResponse, { status, headers, body, delivery }: S3Response, { requestId, headOnly, close, date }: SendOptions): Promise<void> {
  const all: Record<string, string> = { ...headers, 'x-amz-request-id': requestId, server: 'dlio-s3' }
  if (close) all['connection'] = 'close'
  if (date !== undefined) all['date'] = date
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body?.length ?? 0
  if (status !== 204 && status !== 304) all['content-length'] ??= String(length)
  if (delivery) {
    const pieces = typeof body === 'string' ? [Buffer.from(body)] : body?.bytes ?? []
    await deliver(out, { status, headers: all, pieces: headOnly ? [] : pieces }, delivery)
    return
  }
  out.writeHead(status, all)
  if (headOnly || body === undefined) out.end()
  else if (typeof body === 'string') out.end(body)
  else if (Symbol.asyncIterator in body.bytes) await stream(out, body.bytes)
  else sendAll(out, body.bytes)
}

/** The pieces are memory that is there anyway: queueing references costs nothing, so the socket is never waited for. */
function sendAll(out: ServerResponse, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces.slice(0, -1)) out.write(piece)
  out.end(pieces.at(-1))
}

/** Resolves when more may be written, or never will be. */
function room(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done).off('close', done)
      resolve()
    }
    out.on('drain', done).on('close', done)
  })
}

async function stream(out: ServerResponse, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  // Leaving the loop ends the iteration, which closes the file.
  for await (const piece of pieces) {
    if (out.destroyed) return
    if (!out.write(piece)) await room(out)
  }
  out.end()
}
