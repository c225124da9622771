// The body of one answer as a client library hands it out: copied into the caller's memory, or collected when it is a text.

import { Buffer } from 'node:buffer'
import { systemClock } from '../../util/clock.ts'
import { KiB, MiB, type Nanoseconds } from '../../util/units.ts'
import { truncated } from '../faults.ts'
import type { Answer, Exchange } from './exchange.ts'
import { framingOf, isReusable, type ResponseHead } from './http-head.ts'
import { protocolFault } from './response.ts'

const maxCollected = 64 * MiB
const nothing = new Uint8Array(0)

export class AnswerBody {
  /** Whether the server lets another request follow. */
  readonly isReusable: boolean
  readonly #exchange: Exchange
  readonly #head: ResponseHead
  readonly #isDirect: boolean
  #memory: Uint8Array
  #filled = 0
  #firstByte: Nanoseconds = 0

  /** @throws {Fault} 'protocol' when `head` announces what was not asked for, or what `accept` throws. */
  constructor(exchange: Exchange, head: ResponseHead) {
    this.#exchange = exchange
    this.#head = head
    const framing = framingOf(head, exchange.method)
    if (!framing) throw protocolFault('contradicts itself about the length of its answer', nothing, exchange.context)
    this.isReusable = framing.kind !== 'until-close' && isReusable(head)
    const into = exchange.into !== undefined && (exchange.accept?.(head, exchange.context) ?? true) ? exchange.into : undefined
    this.#isDirect = into !== undefined
    const length = framing.kind === 'sized' ? framing.length : 0
    if (into && (framing.kind === 'sized' || framing.kind === 'none') && length !== into.length) throw protocolFault(`answered ${length} bytes where ${into.length} were asked for`, nothing, exchange.context)
    if (length > maxCollected && !into) throw protocolFault(`answered ${length} bytes where a short text was expected`, nothing, exchange.context)
    this.#memory = into ?? (length === 0 ? nothing : Buffer.allocUnsafeSlow(length))
  }

  /** Takes in a copy of the next bytes. @throws {Fault} 'protocol' when they are too many. */
  append(chunk: Uint8Array): void {
    if (this.#firstByte === 0) this.#firstByte = systemClock.now()
    const after = this.#filled + chunk.length
    if (after > this.#memory.length) this.#grow(after, chunk)
    this.#memory.set(chunk, this.#filled)
    this.#filled = after
  }

  /** The answer, all of it being here. @throws {Fault} 'truncated' */
  finish(): Answer {
    if (this.#isDirect && this.#filled < this.#memory.length) throw this.truncated()
    return { head: this.#head, body: this.#isDirect ? nothing : this.#memory.subarray(0, this.#filled), firstByte: this.#firstByte || systemClock.now() }
  }

  /** The Fault of an end before the end. */
  truncated(): Error {
    const { context } = this.#exchange
    return truncated(context.key ?? '', this.#filled, this.#memory.length, context)
  }

  #grow(size: number, chunk: Uint8Array): void {
    if (this.#isDirect) throw protocolFault(`sent more than the ${this.#memory.length} bytes that were asked for`, chunk, this.#exchange.context)
    if (size > maxCollected) throw protocolFault(`sent more than ${maxCollected} bytes where a short text was expected`, nothing, this.#exchange.context)
    const grown = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#memory.length, 16 * KiB))
    grown.set(this.#memory.subarray(0, this.#filled))
    this.#memory = grown
  }
}
