// One request and its answer, as the client hands it to a transport, its pool, and the pool to a connection.

import type { Nanoseconds } from '../../util/units.ts'
import type { FaultContext } from '../faults.ts'
import type { ResponseHead } from './http-head.ts'

export type Header = readonly [name: string, value: string]

export interface Exchange {
  readonly method: string
  /** Carried out twice it does what it does once. */
  readonly isIdempotent: boolean
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** As signed, and those that are not, `content-length` among them. Names in lower case; Latin-1. */
  readonly headers: readonly Header[]
  readonly body?: Uint8Array | undefined
  /** The body should wait until the server asks for it, where the transport can. Noted here when a server never does. */
  readonly expectContinue?: { isIgnored: boolean } | undefined
  /** Where the body of a successful answer goes: exactly so many bytes. */
  readonly into?: Uint8Array | undefined
  /** As of ReadOptions: told what is in `into`. */
  readonly onFilled?: ((bytes: number) => void) | undefined
  /** Whether the body under this head belongs in `into`; other bodies are collected. Throws the Fault of an answer that is not to be read. */
  readonly accept?: ((head: ResponseHead, context: FaultContext) => boolean) | undefined
  readonly context: FaultContext
}

export interface Answer {
  readonly head: ResponseHead
  /** What was collected: error texts, listings. Empty when the body went to `into`. */
  readonly body: Uint8Array
  /** When the first byte of the body was here, or the head when there is no body. */
  readonly firstByte: Nanoseconds
}

/** The request's head as HTTP/1.1 has it, with the empty line at the end. Latin-1. */
export function headText({ method, target, headers, expectContinue }: Exchange): string {
  let lines = ''
  for (const [name, value] of headers) lines += `${name}: ${value}\r\n`
  return `${method} ${target} HTTP/1.1\r\n${lines}${expectContinue ? 'expect: 100-continue\r\n' : ''}\r\n`
}
