// Keep-alive connections to one target: the one used last is used next, so that those in use stay few and warm.

import { onAbort } from '../../util/cancel.ts'
import { systemClock } from '../../util/clock.ts'
import { isFault, throwIfAborted } from '../../util/fault.ts'
import type { S3Spec } from '../spec.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Dial, Transport, Wire, WireOwner } from './transport.ts'

interface Job {
  readonly exchange: Exchange
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  /** Ends the wait for an abort. */
  readonly forget: () => void
  connection: Wire | undefined
  isOver: boolean
}

export class Pool implements Transport, WireOwner {
  readonly #dial: Dial
  readonly #maxConnections: number
  readonly #idle: Wire[] = []
  /** All that are open, with what they carry. */
  readonly #open = new Map<Wire, Job | undefined>()
  readonly #waiting: Job[] = []
  readonly #interval: number
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(dial: Dial, { timeouts, maxConnections = Infinity }: Pick<S3Spec, 'timeouts' | 'maxConnections'>) {
    this.#dial = dial
    this.#maxConnections = maxConnections
    const { connect, firstByte, idle, total = Infinity } = timeouts
    this.#interval = Math.min(500, Math.max(5, Math.min(connect, firstByte, idle, total) / 8))
  }

  /** Carries out `exchange`, waiting for a free connection when there may be no more of them. @throws {Fault} */
  run(exchange: Exchange, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      const forget = onAbort(signal, () => { try { throwIfAborted(signal) } catch (reason) { this.#abort(job, reason) } })
      const job: Job = { exchange, resolve, reject, forget, connection: undefined, isOver: false }
      this.#start(job)
    })
  }

  /** Ends idle connections; those in use end with their exchange. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#idle.splice(0)) { this.#open.delete(connection); connection.close() }
  }

  onIdle(connection: Wire): void {
    const job = this.#open.get(connection)
    if (job) connection.send(job.exchange)
  }

  onAnswer(connection: Wire, answer: Answer): void {
    const job = this.#open.get(connection)
    if (connection.isClosed) this.#open.delete(connection)
    else this.#release(connection)
    if (job && end(job)) job.resolve(answer)
    this.#serve()
  }

  onClosed(connection: Wire, error: unknown, stale: boolean): void {
    const job = this.#open.get(connection)
    this.#open.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index >= 0) this.#idle.splice(index, 1)
    if (job && !job.isOver) {
      // The server most likely closed it while the request was on its way, and did nothing. It may have done it all and
      // died, so only what may be done twice is made again here; the rest is for those who know the request.
      if (stale && job.exchange.isIdempotent && !isTooLate(error)) this.#connect(job)
      else if (end(job)) job.reject(error)
    }
    this.#serve()
  }

  #start(job: Job): void {
    this.#watch()
    const connection = this.#idle.pop()
    if (connection && !(connection.isOld && !job.exchange.isIdempotent)) { this.#give(connection, job); return }
    if (connection) { this.#open.delete(connection); connection.close() }
    if (this.#open.size < this.#maxConnections) this.#connect(job)
    else this.#waiting.push(job)
  }

  #give(connection: Wire, job: Job): void {
    job.connection = connection
    this.#open.set(connection, job)
    connection.send(job.exchange)
  }

  #connect(job: Job): void {
    const connection = this.#dial(job.exchange.context, this)
    job.connection = connection
    this.#open.set(connection, job)
  }

  #release(connection: Wire): void {
    const next = this.#isClosed ? undefined : this.#waiting.shift()
    if (next) { this.#give(connection, next); return }
    this.#open.set(connection, undefined)
    if (!this.#isClosed) { this.#idle.push(connection); return }
    this.#open.delete(connection)
    connection.close()
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#open.size < this.#maxConnections) this.#connect(this.#waiting.shift()!)
  }

  #abort(job: Job, reason: unknown): void {
    if (job.isOver) return
    const index = this.#waiting.indexOf(job)
    if (index >= 0) this.#waiting.splice(index, 1)
    if (end(job)) job.reject(reason)
    job.connection?.destroy(reason)
  }

  /** One timer for all time limits, only while something is under way. */
  #watch(): void {
    this.#timer ??= setInterval(() => {
      const now = systemClock.now()
      let isBusy = false
      for (const connection of this.#open.keys()) {
        isBusy ||= connection.isBusy
        connection.check(now)
      }
      if (isBusy) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }, this.#interval).unref()
  }
}

function isTooLate(error: unknown): boolean {
  return isFault(error, 'storage') && (error.info.reason === 'timeout' || error.info.reason === 'overdue')
}

/** Whether the job is to be told how it ended: nobody is told twice. */
function end(job: Job): boolean {
  if (job.isOver) return false
  job.isOver = true
  job.forget()
  return true
}
