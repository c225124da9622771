// Takes the frames off an aws-chunked body: "size[;chunk-signature=…]\r\n", data, "\r\n", …, "0…\r\n", trailers, "\r\n".
// Source: Amazon S3 API Reference, "Transferring Payload in Multiple Chunks" and "Including Trailing Headers".

import { createHash, type Hash } from 'node:crypto'
import { S3Error } from './errors.ts'
import type { Payload } from './payload.ts'
import { sha256Hex } from './signature.ts'

const maxLineBytes = 1024
const minChunkBytes = 8192

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

export class ChunkedDecoder {
  readonly #framing: NonNullable<Payload['chunks']>
  readonly #write: (data: Buffer) => void
  #state: State = 'size'
  #line = ''
  #remaining = 0
  #signature = ''
  #hash: Hash | undefined
  #lastSize = minChunkBytes
  /** What came after the last chunk, in lower case. */
  readonly trailers: Map<string, string> = new Map()

  /** `write` is given the data as it comes; nothing is verified until the chunk's end. */
  constructor(framing: NonNullable<Payload['chunks']>, write: (data: Buffer) => void) {
    this.#framing = framing
    this.#write = write
  }

  /** @throws {S3Error} when the frames are not as they must be or a signature does not match */
  push(bytes: Buffer): void {
    let i = 0
    while (i < bytes.length) {
      if (this.#state === 'data') {
        const data = bytes.subarray(i, i + this.#remaining)
        i += data.length
        this.#data(data)
        continue
      }
      const newline = bytes.indexOf(10, i)
      this.#line += bytes.toString('latin1', i, newline < 0 ? undefined : newline)
      if (this.#line.length > maxLineBytes) throw framingError('a line is too long')
      if (newline < 0) return
      i = newline + 1
      if (!this.#line.endsWith('\r')) throw framingError('a line does not end in CR LF')
      const line = this.#line.slice(0, -1)
      this.#line = ''
      this.#handleLine(line)
    }
  }

  /** To be called once all bytes are here. */
  end(): void {
    if (this.#state !== 'done') throw new S3Error('IncompleteBody', { message: 'The aws-chunked body ended before its last chunk.' })
  }

  #data(data: Buffer): void {
    this.#remaining -= data.length
    this.#hash?.update(data)
    this.#write(data)
    if (this.#remaining === 0) this.#state = 'data-end'
  }

  #handleLine(line: string): void {
    switch (this.#state) {
      case 'size': this.#beginChunk(line); break
      case 'data-end':
        if (line !== '') throw framingError('a chunk is longer than its size')
        this.#verifyChunk()
        this.#state = 'size'
        break
      case 'trailer':
        if (line === '') this.#finish()
        else this.#addTrailer(line)
        break
      case 'data': case 'done': throw framingError('there are bytes after the last chunk')
    }
  }

  #beginChunk(line: string): void {
    const signed = this.#framing.verifier !== undefined
    const match = (signed ? /^([0-9a-fA-F]{1,9});chunk-signature=([0-9a-f]{64})$/ : /^([0-9a-fA-F]{1,9})$/).exec(line)
    if (!match) throw framingError('a chunk does not begin with its size')
    const size = Number.parseInt(match[1]!, 16)
    if (size > 0 && this.#lastSize < minChunkBytes) throw new S3Error('InvalidChunkSizeError', { fields: { BadChunkSize: String(this.#lastSize) } })
    this.#lastSize = size
    this.#remaining = size
    this.#signature = match[2] ?? ''
    this.#hash = signed ? createHash('sha256') : undefined
    if (size === 0) this.#verifyChunk()
    this.#state = size === 0 ? 'trailer' : 'data'
  }

  #verifyChunk(): void {
    if (this.#hash) this.#framing.verifier?.chunk(this.#hash.digest('hex'), this.#signature)
  }

  #addTrailer(line: string): void {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (!this.#framing.trailer || name === '' || this.trailers.has(name)) throw new S3Error('MalformedTrailerError')
    this.trailers.set(name, line.slice(colon + 1).trim())
  }

  #finish(): void {
    this.#state = 'done'
    if (!this.#framing.trailer || !this.#framing.verifier) return
    const signature = this.trailers.get('x-amz-trailer-signature')
    if (signature === undefined) throw new S3Error('MalformedTrailerError')
    this.trailers.delete('x-amz-trailer-signature')
    let canonical = ''
    for (const [name, value] of this.trailers) canonical += `${name}:${value}\n`
    this.#framing.verifier.trailer(sha256Hex(canonical), signature)
  }
}

function framingError(what: string): S3Error {
  return new S3Error('InvalidRequest', { message: `The aws-chunked body is malformed: ${what}.` })
}
