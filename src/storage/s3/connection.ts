// One TCP or TLS connection that carries one exchange at a time.
// Source of the speed: net.Socket's `onread` lets the kernel write where ResponseReader says; streams would allocate and copy.

import net from 'node:net'
import tls from 'node:tls'
import { systemClock } from '../../util/clock.ts'
import { MiB, nanosecondsPerMillisecond, type Nanoseconds } from '../../util/units.ts'
import type { FaultContext } from '../faults.ts'
import type { Timeouts } from '../spec.ts'
import { headText, type Answer, type Exchange } from './exchange.ts'
import { networkFault } from './network-errors.ts'
import { overdueFault, PhaseWatch, phaseWord, timeoutFault, type Phase } from './phase-watch.ts'
import { ResponseReader } from './response.ts'
import type { Wire, WireOwner } from './transport.ts'

/** Where connections go. */
export interface Target {
  readonly host: string
  readonly port: number
  /** Absent: plain TCP. */
  readonly tls?: Omit<tls.ConnectionOptions, 'port' | 'host'>
  /** The last TLS session, for the next handshake to be a short one. */
  readonly session: { ticket: Buffer | undefined }
  readonly timeouts: Timeouts
}

/** Bodies are sent in pieces, so that progress can be seen. Bytes. */
export const sendPiece: number = 1 * MiB
/** Having rested for so long, a connection may be gone without a word. Nothing is lost by it where requests can be made again. */
export const freshFor: Nanoseconds = 1000 * nanosecondsPerMillisecond

export class Connection implements Wire {
  readonly #socket: net.Socket
  readonly #owner: WireOwner
  readonly #target: Target
  readonly #reader = new ResponseReader()
  #phase: Phase = 'connect'
  #exchange: Exchange | undefined
  /** Who waits for the connection, for the words of its Fault. */
  #context: FaultContext
  #sent = 0
  #numExchanges = 0
  readonly #watch = new PhaseWatch()
  #restingSince: Nanoseconds = 0

  constructor(target: Target, context: FaultContext, owner: WireOwner) {
    this.#target = target
    this.#owner = owner
    this.#context = context
    const onread = {
      buffer: () => this.#reader.memory(),
      callback: (length: number) => { this.#received(length); return true },
    }
    const { host, port, session } = target
    // @types/node does not know that tls.connect passes `onread` on.
    this.#socket = target.tls
      ? tls.connect({ host, port, ...target.tls, session: session.ticket, onread } as tls.ConnectionOptions)
      : net.connect({ host, port, onread })
    this.#socket.setNoDelay(true)
    if (target.tls) this.#socket.on('session', (ticket: Buffer) => { session.ticket = ticket })
    this.#socket.once(target.tls ? 'secureConnect' : 'connect', () => { this.#rest() })
    this.#socket.on('end', () => { this.#ended() })
    this.#socket.on('error', (error) => { this.#fail(networkFault(error, phaseWord(this.#phase), this.#context)) })
    this.#socket.on('close', () => { this.#ended() })
  }

  get isClosed(): boolean { return this.#phase === 'closed' }
  get isBusy(): boolean { return this.#phase !== 'closed' && this.#phase !== 'idle' }

  get isOld(): boolean { return systemClock.now() - this.#restingSince > freshFor }

  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#context = exchange.context
    this.#numExchanges++
    this.#watch.isNew = true
    this.#sent = 0
    this.#reader.begin(exchange)
    const { body } = exchange
    const head = headText(exchange)
    if (body === undefined || body.length === 0) {
      this.#enter('first-byte')
      this.#socket.write(head, 'latin1')
    } else if (exchange.expectContinue) {
      this.#enter('continue')
      this.#socket.write(head, 'latin1')
    } else {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#sendBody()
      this.#socket.uncork()
    }
  }

  destroy(error: unknown): void {
    this.#fail(error)
  }

  close(): void {
    this.#phase = 'closed'
    this.#socket.destroy()
  }

  check(now: Nanoseconds): void {
    const { timeouts } = this.#target
    if (this.#watch.isOverdue(now, this.#phase, timeouts)) { this.#fail(overdueFault(timeouts.total, this.#context)); return }
    if (!this.#watch.isOver(now, this.#phase, timeouts)) return
    if (this.#phase === 'continue') {
      this.#exchange!.expectContinue!.isIgnored = true
      this.#sendBody()
      return
    }
    this.#fail(timeoutFault(this.#phase, timeouts, this.#context))
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#watch.touched = true
  }

  #rest(): void {
    if (this.#phase === 'closed') return
    this.#enter('idle')
    this.#owner.onIdle(this)
  }

  #sendBody(): void {
    const body = this.#exchange!.body!
    const piece = body.subarray(this.#sent, this.#sent + sendPiece)
    const exchange = this.#exchange
    this.#enter('send')
    this.#socket.write(piece, () => {
      // An answer may come before all is sent; what is left then never goes out.
      if (this.#exchange !== exchange || this.#phase === 'closed') return
      this.#sent += piece.length
      if (this.#sent < body.length) this.#sendBody()
      else if (this.#phase === 'send') this.#enter('first-byte')
    })
  }

  #received(length: number): void {
    if (this.#phase === 'closed') return
    this.#watch.touched = true
    try {
      const answer = this.#reader.received(length)
      if (answer) this.#answered(answer)
      else if (this.#phase === 'first-byte') this.#phase = 'receive'
      else if (this.#phase === 'continue' && this.#reader.continued) this.#sendBody()
    } catch (error) {
      this.#fail(error)
    }
  }

  #answered(answer: Answer): void {
    const { body } = this.#exchange!
    const isWhole = body === undefined || this.#sent === body.length
    this.#exchange = undefined
    if (!this.#reader.reusable || !isWhole) this.close()
    else { this.#enter('idle'); this.#restingSince = systemClock.now() }
    this.#owner.onAnswer(this, answer)
  }

  #ended(): void {
    if (this.#phase === 'closed') return
    if (this.#phase === 'connect') { this.#fail(networkFault(undefined, 'closed the connection while it was being made', this.#context)); return }
    try {
      const answer = this.#reader.ended()
      if (answer) this.#answered(answer)
      else this.#fail(undefined)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#phase === 'closed') return
    const stale = this.#numExchanges > 1 && this.#exchange !== undefined && !this.#reader.hasBegun
    this.#phase = 'closed'
    this.#exchange = undefined
    this.#socket.destroy()
    this.#owner.onClosed(this, error, stale)
  }
}
