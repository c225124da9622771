// Reads one answer after another from bytes as they come. Knows no sockets: it says where the next bytes should go
// and is told how many went there, so the kernel can write a body straight into the caller's memory.

import { Buffer } from 'node:buffer'
import { systemClock } from '../../util/clock.ts'
import { KiB, MiB, type Nanoseconds } from '../../util/units.ts'
import { storageFault, truncated, type StorageFault } from '../faults.ts'
import { silentCutHint } from './network-errors.ts'
import { ChunkedDecoder } from './chunked.ts'
import type { Answer, Exchange } from './exchange.ts'
import { framingOf, isReusable, parseHead, type ResponseHead } from './http-head.ts'

/**
 * Bytes asked for while a head is expected, and the most it may have. What of a body comes along must be copied, but saves
 * a read(2): with 128 KiB objects 64 KiB cost a tenth less CPU than 2 KiB, with 8 MiB objects the same.
 */
const scratchSize = 64 * KiB
const maxCollected = 64 * MiB
/** Bytes that are read at a time where somebody looks at them at once: they must still be in the core's own cache then. */
const followedPiece = 256 * KiB
const nothing = new Uint8Array(0)

type State = 'idle' | 'head' | 'sized' | 'chunked' | 'until-close'

export class ResponseReader {
  #state: State = 'idle'
  readonly #scratch: Buffer = Buffer.allocUnsafeSlow(scratchSize)
  #scratchFilled = 0
  #exchange: Exchange | undefined
  #head: ResponseHead | undefined
  #body: Uint8Array = nothing
  #bodyFilled = 0
  #decoder = new ChunkedDecoder()
  #firstByte: Nanoseconds = 0
  #begun = false
  /** Whether a "100 Continue" came since `begin`. */
  continued = false
  /** Whether the connection may carry another exchange. */
  reusable = true

  /** Expects the answer to `exchange`. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange
    this.#state = 'head'
    this.#begun = this.continued = false
    this.#firstByte = 0
  }

  /** Whether any byte of the answer came. */
  get hasBegun(): boolean { return this.#begun }

  /** Where the next bytes should go. Never empty. */
  memory(): Uint8Array {
    if (this.#state === 'sized') return this.#body.subarray(this.#bodyFilled, this.#exchange!.onFilled ? this.#bodyFilled + followedPiece : undefined)
    return this.#scratchFilled === 0 ? this.#scratch : this.#scratch.subarray(this.#scratchFilled)
  }

  /** `length` bytes went to what `memory` gave. The answer, once it is whole. @throws {Fault} 'protocol', or what `accept` throws. */
  received(length: number): Answer | undefined {
    this.#begun = true
    switch (this.#state) {
      case 'idle': throw this.#protocol('sent bytes that nobody asked for', this.#scratch.subarray(0, length))
      case 'head': this.#scratchFilled += length; return this.#readHead()
      case 'sized': return this.#fill(length)
      case 'chunked': this.#mark(); return this.#decode(this.#scratch.subarray(0, length))
      case 'until-close': this.#mark(); this.#append(this.#scratch.subarray(0, length)); return undefined
      default: return this.#state satisfies never
    }
  }

  /** The server will send no more. The answer when that is how it ends. @throws {Fault} 'truncated' when more was to come. */
  ended(): Answer | undefined {
    if (this.#state === 'idle') return undefined
    if (this.#state === 'until-close') return this.#finish()
    const exchange = this.#exchange!
    if (this.#state === 'head') throw storageFault('truncated', `${exchange.context.endpoint} closed the connection before it had answered`, exchange.context, { hint: silentCutHint(exchange.context) })
    throw truncated(exchange.context.key ?? '', this.#bodyFilled, this.#body.length, exchange.context)
  }

  #fill(length: number): Answer | undefined {
    this.#mark()
    this.#bodyFilled += length
    const { into, onFilled } = this.#exchange!
    if (onFilled && this.#body === into) onFilled(this.#bodyFilled)
    return this.#bodyFilled === this.#body.length ? this.#finish() : undefined
  }

  #mark(): void {
    if (this.#firstByte === 0) this.#firstByte = systemClock.now()
  }

  #readHead(): Answer | undefined {
    for (;;) {
      const filled = this.#scratch.subarray(0, this.#scratchFilled)
      const end = filled.indexOf('\r\n\r\n')
      if (end < 0) {
        if (!'HTTP/1.'.startsWith(filled.toString('latin1', 0, 7)) ) throw this.#protocol('does not speak HTTP', filled)
        if (this.#scratchFilled === scratchSize) throw this.#protocol(`sent a head of more than ${scratchSize} bytes`, filled)
        return undefined
      }
      const head = parseHead(filled.toString('latin1', 0, end))
      if (!head) throw this.#protocol('sent a head that is not HTTP/1.1', filled)
      const rest = filled.subarray(end + 4)
      if (head.status >= 200) return this.#beginBody(head, rest)
      // 101 would hand the connection to another protocol, which nobody asked for.
      if (head.status === 101) throw this.#protocol('switched to another protocol', filled)
      this.continued ||= head.status === 100
      this.#scratch.copy(this.#scratch, 0, end + 4, this.#scratchFilled)
      this.#scratchFilled = rest.length
      if (rest.length === 0) return undefined
    }
  }

  #beginBody(head: ResponseHead, rest: Uint8Array): Answer | undefined {
    const exchange = this.#exchange!
    const framing = framingOf(head, exchange.method)
    if (!framing) throw this.#protocol('contradicts itself about the length of its answer', this.#scratch.subarray(0, this.#scratchFilled))
    this.#head = head
    this.reusable = framing.kind !== 'until-close' && isReusable(head)
    const into = exchange.into !== undefined && (exchange.accept?.(head, exchange.context) ?? true) ? exchange.into : undefined
    this.#scratchFilled = 0
    this.#bodyFilled = 0
    if (rest.length > 0) this.#mark()
    if (framing.kind === 'none' || framing.kind === 'sized') {
      const length = framing.kind === 'sized' ? framing.length : 0
      if (into && length !== into.length) throw this.#protocol(`answered ${length} bytes where ${into.length} were asked for`, nothing)
      if (length > maxCollected && !into) throw this.#protocol(`answered ${length} bytes where a short text was expected`, rest)
      if (rest.length > length) throw this.#protocol(`sent more than the ${length} bytes it had announced`, rest.subarray(length))
      if (into) exchange.onFilled?.(0)
      this.#body = into ?? (length === 0 ? nothing : Buffer.allocUnsafeSlow(length))
      this.#body.set(rest)
      this.#bodyFilled = rest.length
      this.#state = 'sized'
      return rest.length === length ? this.#finish() : undefined
    }
    this.#body = into ?? nothing
    this.#state = framing.kind
    if (framing.kind === 'chunked') {
      this.#decoder = new ChunkedDecoder()
      return this.#decode(rest)
    }
    this.#append(rest)
    return undefined
  }

  #decode(bytes: Uint8Array): Answer | undefined {
    const used = this.#decoder.push(bytes, (content) => { this.#append(content) })
    if (used < 0) throw this.#protocol('sent a chunked body that is not one', bytes)
    if (!this.#decoder.isDone) return undefined
    if (used < bytes.length) throw this.#protocol('sent more than the body it had announced', bytes.subarray(used))
    return this.#finish()
  }

  /** Content of a body whose length is not known. Copied: its framing came between. */
  #append(content: Uint8Array): void {
    const after = this.#bodyFilled + content.length
    if (after > this.#body.length) {
      if (this.#body === this.#exchange!.into) throw this.#protocol(`sent more than the ${this.#body.length} bytes that were asked for`, content)
      if (after > maxCollected) throw this.#protocol(`sent more than ${maxCollected} bytes where a short text was expected`, nothing)
      const grown = Buffer.allocUnsafeSlow(Math.max(after, 2 * this.#body.length, 16 * KiB))
      grown.set(this.#body.subarray(0, this.#bodyFilled))
      this.#body = grown
    }
    this.#body.set(content, this.#bodyFilled)
    this.#bodyFilled = after
  }

  #finish(): Answer {
    const { into, context } = this.#exchange!
    const direct = into !== undefined && this.#body === into
    if (direct && this.#bodyFilled < into.length) throw truncated(context.key ?? '', this.#bodyFilled, into.length, context)
    const answer = { head: this.#head!, body: direct ? nothing : this.#body.subarray(0, this.#bodyFilled), firstByte: this.#firstByte || systemClock.now() }
    this.#state = 'idle'
    // Nothing of the caller's memory stays here.
    this.#body = nothing
    this.#exchange = this.#head = undefined
    return answer
  }

  #protocol(what: string, bytes: Uint8Array): StorageFault {
    const context = this.#exchange?.context ?? { operation: 'read' as const }
    return protocolFault(what, bytes, context)
  }
}

/** The Fault of a server that does not keep to the protocol; shows the first of `bytes`. */
export function protocolFault(what: string, bytes: Uint8Array, context: Exchange['context']): StorageFault {
  const begin = printable(bytes)
  const isTls = bytes[0] === 0x15 && bytes[1] === 0x03
  return storageFault('protocol', `${context.endpoint ?? 'the store'} ${what}${begin === '' ? '' : `: ${begin}`}`, context,
    { hint: isTls ? 'the port speaks TLS: write https:// in the endpoint' : 'check that the endpoint is an S3 API and not a console, a proxy or another service' })
}

/** The first bytes for people: what cannot be printed is a dot. */
function printable(bytes: Uint8Array): string {
  if (bytes.length === 0) return ''
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 48)).toString('latin1')
  return JSON.stringify(text.replace(/[^\x20-\x7e]/g, '.'))
}
