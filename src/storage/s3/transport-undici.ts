// The transport over undici: for proxies, and as a cross-check of our own. One undici client per connection, so that the pool
// of the other transport rules here too: which connection is next, what is made again, how long each phase may take.
// Quirks, all of 7.30: a HEAD ends the connection unless `reset: false`; `expect` cannot be sent; a "100 Continue" that was not
// asked for is an error; time limits are whole seconds (off: `check` does it).

import { systemClock } from '../../util/clock.ts'
import type { Nanoseconds } from '../../util/units.ts'
import type { FaultContext } from '../faults.ts'
import type { S3Spec, Timeouts } from '../spec.ts'
import { targetOf } from './address.ts'
import { AnswerBody } from './answer-body.ts'
import { freshFor, sendPiece } from './connection.ts'
import type { Exchange } from './exchange.ts'
import type { ResponseHead } from './http-head.ts'
import { overdueFault, PhaseWatch, phaseWord, timeoutFault, type Phase } from './phase-watch.ts'
import { Pool } from './pool.ts'
import { proxyFor } from './proxy.ts'
import { protocolFault } from './response.ts'
import type { OpenTransport, Wire, WireOwner } from './transport.ts'
import { proxyRefusal, undiciFault } from './undici-errors.ts'
import { directly, throughProxy, type Dial, type Handler, type Line } from './undici-lines.ts'

/** Where a wire leads. */
interface Route {
  readonly timeouts: Timeouts
  /** The proxy's address, when there is one. */
  readonly proxy: string | undefined
  readonly dial: Dial
}

export const openUndici: OpenTransport = (to, spec) => {
  const { origin } = to
  const target = targetOf(to, spec)
  const proxy = proxyFor(origin, spec.proxy, process.env)
  const dial = proxy ? throughProxy(proxy, targetOf(proxy, withoutClient(spec)), origin, target) : directly(origin, target)
  const route: Route = { timeouts: spec.timeouts, proxy: proxy?.origin, dial }
  return new Pool((context, owner) => new UndiciWire(route, context, owner), spec)
}

/** The proxy is not the one that the client certificate is for. */
function withoutClient(spec: S3Spec): Omit<S3Spec, 'clientCertFile' | 'clientKeyFile'> {
  const { clientCertFile: _, clientKeyFile: __, ...rest } = spec
  return rest
}

const nothing = new Uint8Array(0)

class UndiciWire implements Wire {
  readonly #route: Route
  readonly #owner: WireOwner
  readonly #line: Line
  #phase: Phase = 'connect'
  #exchange: Exchange | undefined
  #context: FaultContext
  #body: AnswerBody | undefined
  #hasBegun = false
  #isSent = true
  /** The server took in a large body whole: it was there. */
  #wasTaken = false
  /** On the socket in use: undici makes a new one when it finds the old one closed. */
  #numExchanges = 0
  readonly #watch = new PhaseWatch()
  #restingSince: Nanoseconds = 0

  constructor(route: Route, context: FaultContext, owner: WireOwner) {
    this.#route = route
    this.#context = context
    this.#owner = owner
    this.#line = route.dial({ onMade: () => { this.#numExchanges = 0 }, onGone: () => { if (this.#phase === 'idle') this.#fail(undefined) } })
    // There is nothing to wait for: undici connects when it has something to send.
    queueMicrotask(() => {
      if (this.#phase === 'closed') return
      this.#phase = 'idle'
      owner.onIdle(this)
    })
  }

  get isClosed(): boolean { return this.#phase === 'closed' }
  get isBusy(): boolean { return this.#phase !== 'closed' && this.#phase !== 'idle' }
  get isOld(): boolean { return systemClock.now() - this.#restingSince > freshFor }

  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#context = exchange.context
    this.#body = undefined
    this.#hasBegun = false
    this.#isSent = true
    this.#wasTaken = false
    this.#enter('connect')
    const { method, target, headers, body } = exchange
    let payload: Uint8Array | AsyncIterable<Uint8Array> | null = body ?? null
    if (body !== undefined && body.length > sendPiece) {
      this.#isSent = false
      payload = this.#pieces(exchange, body)
    }
    this.#line.send({ method, path: target, headers: Object.fromEntries(headers), body: payload }, this.#handlerOf(exchange))
  }

  destroy(error: unknown): void {
    this.#fail(error)
  }

  close(): void {
    this.#phase = 'closed'
    this.#line.hangUp()
  }

  check(now: Nanoseconds): void {
    const { timeouts, proxy } = this.#route
    if (this.#watch.isOverdue(now, this.#phase, timeouts)) this.#fail(overdueFault(timeouts.total, this.#context))
    else if (this.#watch.isOver(now, this.#phase, timeouts)) this.#fail(timeoutFault(this.#phase, timeouts, this.#context, proxy))
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#watch.touched = true
  }

  /** What undici tells about `exchange`. What comes after its end is nobody's. */
  #handlerOf(exchange: Exchange): Handler {
    const during = (step: () => void): void => {
      if (this.#exchange !== exchange || this.#phase === 'closed') return
      this.#watch.touched = true
      try { step() } catch (error) { this.#fail(error) }
    }
    return {
      onRequestStart: () => { during(() => { this.#numExchanges++; this.#watch.isNew = true; this.#enter(this.#isSent ? 'first-byte' : 'send') }) },
      onResponseStarted: () => { during(() => { this.#hasBegun = true; this.#phase = 'receive' }) },
      onResponseStart: (_, status, headers) => { during(() => { this.#answerBegins({ status, minorVersion: 1, headers: joined(headers) }, exchange) }) },
      onResponseData: (_, chunk) => { during(() => { this.#body?.append(chunk) }) },
      onResponseEnd: () => { during(() => { this.#answered() }) },
      onResponseError: (_, error) => { during(() => { this.#fail(this.#faultOf(error)) }) },
    }
  }

  #answerBegins(head: ResponseHead, exchange: Exchange): void {
    if (head.status === 101) throw protocolFault('switched to another protocol', nothing, this.#context)
    if (head.status < 200) return
    if (head.status === 407 && this.#route.proxy !== undefined) throw proxyRefusal(407, this.#context, this.#route.proxy)
    this.#body = new AnswerBody(exchange, head)
  }

  #answered(): void {
    const answer = this.#body!.finish()
    const { isReusable } = this.#body!
    this.#exchange = this.#body = undefined
    if (!isReusable || !this.#isSent) this.close()
    else { this.#enter('idle'); this.#restingSince = systemClock.now() }
    this.#owner.onAnswer(this, answer)
  }

  #faultOf(error: Error): unknown {
    const fault = undiciFault(error, { context: this.#context, phaseWord: phaseWord(this.#phase), hasHead: this.#body !== undefined, isConnecting: this.#phase === 'connect', proxy: this.#route.proxy })
    const isCut = fault instanceof Error && 'info' in fault && (fault.info as { reason?: string }).reason === 'truncated'
    return isCut && this.#body ? this.#body.truncated() : fault
  }

  /** The body in pieces, so that progress can be seen. */
  async * #pieces(exchange: Exchange, body: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.length; at += sendPiece) {
      yield body.subarray(at, at + sendPiece)
      // An answer may have come before all is sent.
      if (this.#exchange !== exchange) return
      this.#watch.touched = true
    }
    this.#isSent = this.#wasTaken = true
    if (this.#phase === 'send') this.#enter('first-byte')
  }

  #fail(error: unknown): void {
    if (this.#phase === 'closed') return
    const stale = this.#numExchanges > 1 && this.#exchange !== undefined && !this.#hasBegun && !this.#wasTaken
    this.#phase = 'closed'
    this.#exchange = this.#body = undefined
    this.#line.hangUp()
    this.#owner.onClosed(this, error, stale)
  }
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name, (Array.isArray(value) ? value.join(', ') : value ?? '').trim()]))
}
