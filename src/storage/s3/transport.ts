// The HTTP that the S3 client speaks through: who carries a signed request to an origin and brings its answer.
// `direct` is ours down to the socket, `undici` is Node's client library; both keep their connections in the same pool.

import type { Nanoseconds } from '../../util/units.ts'
import type { FaultContext } from '../faults.ts'
import type { S3Spec } from '../spec.ts'
import type { Address } from './address.ts'
import type { Answer, Exchange } from './exchange.ts'

/** Requests to one origin. */
export interface Transport {
  /**
   * Carries out `exchange`, as often as it may be when a resting connection turns out to be dead. Any status is an answer.
   * An abort frees the connection. @throws {Fault} 'storage', what `accept` throws, or the signal's own.
   */
  run(exchange: Exchange, signal: AbortSignal | undefined): Promise<Answer>
  /** Ends idle connections; those in use end with their exchange. */
  close(): void
}

/** Opens no connection yet. @throws {Fault} 'usage' for settings that cannot be. */
export type OpenTransport = (to: Pick<Address, 'origin' | 'serverName'>, spec: S3Spec) => Transport

/** A connection that carries one exchange at a time. */
export interface Wire {
  readonly isClosed: boolean
  readonly isBusy: boolean
  /** Whether it has rested for so long that it may be gone without a word. */
  readonly isOld: boolean
  /** Sends the request; the owner hears of the rest. Only when idle. */
  send(exchange: Exchange): void
  /** Ends the connection at once. The owner hears of it with `error`. */
  destroy(error: unknown): void
  /** Ends an idle connection. */
  close(): void
  /** Fails the exchange when its phase has lasted too long. To be called every now and then. */
  check(now: Nanoseconds): void
}

export interface WireOwner {
  /** The connection is ready for an exchange, for the first time or again. */
  onIdle(wire: Wire): void
  /** It is gone, and with it the exchange it carried. `stale`: it had been used before and was closed before any byte of an answer. */
  onClosed(wire: Wire, error: unknown, stale: boolean): void
  onAnswer(wire: Wire, answer: Answer): void
}

/** Begins a connection. The owner hears of it later, never within the call; `context` is of the one who waits for it. */
export type Dial = (context: FaultContext, owner: WireOwner) => Wire
