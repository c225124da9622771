// One request and its answer, as the client hands it to the pool and the pool to a connection.

import type { Nanoseconds } from '../../util/units.ts'
import type { FaultContext } from '../faults.ts'
import type { ResponseHead } from './http-head.ts'

export interface Exchange {
  readonly method: string
  /** Carried out twice it does what it does once. */
  readonly isIdempotent: boolean
  /** Request line and header fields, with the empty line at the end. Latin-1. */
  readonly head: string
  readonly body?: Uint8Array | undefined
  /** The head says `expect: 100-continue`: the body waits until the server asks for it. Noted here when it never does. */
  readonly expectContinue?: { isIgnored: boolean } | undefined
  /** Where the body of a successful answer goes: exactly so many bytes. */
  readonly into?: Uint8Array | undefined
  /** Whether the body under this head belongs in `into`; other bodies are collected. Throws the Fault of an answer that is not to be read. */
  readonly accept?: (head: ResponseHead) => boolean
  readonly context: FaultContext
}

export interface Answer {
  readonly head: ResponseHead
  /** What was collected: error texts, listings. Empty when the body went to `into`. */
  readonly body: Uint8Array
  /** When the first byte of the body was here, or the head when there is no body. */
  readonly firstByte: Nanoseconds
}
