// How long each phase of an exchange may last without anything happening, how long all of it, and what is said when it lasted longer.

import { nanosecondsPerMillisecond, type Nanoseconds } from '../../util/units.ts'
import { storageFault, type FaultContext, type StorageFault } from '../faults.ts'
import type { Timeouts } from '../spec.ts'

/** What a connection is at. 'continue': a server was asked whether it wants the body. */
export type Phase = 'connect' | 'idle' | 'continue' | 'send' | 'first-byte' | 'receive' | 'closed'

/** How long a server may take to ask for the body; those that do not know `expect` never do. Milliseconds. */
const continueWait = 1000

/** A flag per event costs next to nothing; whoever looks at the clock now and then turns it into a time. */
export class PhaseWatch {
  /** To be set by every event. */
  touched = true
  /** To be set when a request is sent. */
  isNew = false
  #since: Nanoseconds = 0
  #sentAt: Nanoseconds = 0

  /** Whether nothing has happened for longer than `phase` may last. Asked again and again, with the time it is. */
  isOver(now: Nanoseconds, phase: Phase, timeouts: Timeouts): boolean {
    if (phase === 'idle' || phase === 'closed') return false
    if (this.touched) {
      this.touched = false
      this.#since = now
      return false
    }
    return now - this.#since >= limitOf(phase, timeouts) * nanosecondsPerMillisecond
  }

  /** Whether the request that was sent is under way for longer than `total` allows, whatever came of it. Asked as `isOver`. */
  isOverdue(now: Nanoseconds, phase: Phase, { total }: Timeouts): boolean {
    if (total === undefined || phase === 'connect' || phase === 'idle' || phase === 'closed') return false
    if (this.isNew) {
      this.isNew = false
      this.#sentAt = now
      return false
    }
    return now - this.#sentAt >= total * nanosecondsPerMillisecond
  }
}

/** Milliseconds. */
function limitOf(phase: Phase, { connect, firstByte, idle }: Timeouts): number {
  switch (phase) {
    case 'connect': return connect
    case 'continue': return Math.min(continueWait, firstByte)
    case 'first-byte': return firstByte
    case 'send': case 'receive': case 'idle': case 'closed': return idle
    default: return phase satisfies never
  }
}

/** What the store failed to do in a phase. */
export function phaseWord(phase: Phase): string {
  switch (phase) {
    case 'connect': return 'did not accept the connection'
    case 'send': return 'took no more of the body'
    case 'receive': return 'sent nothing more of its answer'
    case 'continue': case 'first-byte': case 'idle': case 'closed': return 'did not answer'
    default: return phase satisfies never
  }
}

/** `proxy`: the address of the one in between, when there is one: it may be what did not accept the connection. */
export function timeoutFault(phase: Phase, timeouts: Timeouts, context: FaultContext, proxy?: string): StorageFault {
  const via = proxy !== undefined && phase === 'connect' ? ` through the proxy ${proxy}` : ''
  return storageFault('timeout', `${context.endpoint}${via} ${phaseWord(phase)} for ${limitOf(phase, timeouts) / 1000} s`, context,
    { hint: 'the store or the network is overloaded, or a firewall drops packets' })
}

/** `total` milliseconds were not enough for one request. */
export function overdueFault(total: number | undefined, context: FaultContext): StorageFault {
  return storageFault('overdue', `${context.endpoint} was not done with a request after ${(total ?? 0) / 1000} s`, context,
    { hint: 'the store or the network is slow, or the limit is too short for what is asked: --request-timeout, storage_options.request_timeout' })
}
