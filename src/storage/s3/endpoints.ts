// Several endpoints of one store: each request goes to the one with the least under way. One that fails is left out for a
// while, then tried with a single request; a retry therefore finds another one.

import type { Clock } from '../../util/clock.ts'
import { isFault, type StorageReason } from '../../util/fault.ts'
import type { Address } from './address.ts'
import { addFigure, figureOf, setFigure, type EndpointBoard } from './endpoint-board.ts'

/** Milliseconds. A dead endpoint rests from the first time to the longest, twice as long each time; one that is only busy just long enough for a retry to go elsewhere. */
const rest = { first: 1000, longest: 30_000, busy: 250 } as const

/** Of failures that are the endpoint's. All others are answers. */
const blame: Readonly<Partial<Record<StorageReason, 'dead' | 'busy'>>> = { unreachable: 'dead', timeout: 'dead', overdue: 'dead', truncated: 'dead', tls: 'dead', protocol: 'dead', server: 'busy', throttled: 'busy' }

export class Endpoints {
  readonly #addresses: readonly Address[]
  readonly #board: EndpointBoard
  readonly #clock: Pick<Clock, 'wallMilliseconds'>
  /** The last one that was chosen: the next looks behind it first. */
  #last: number

  /** One address for each line of the board. */
  constructor(addresses: readonly Address[], board: EndpointBoard, clock: Pick<Clock, 'wallMilliseconds'>) {
    this.#addresses = addresses
    this.#board = board
    this.#clock = clock
    // Threads that begin together would all begin with the first one.
    this.#last = Math.floor(Math.random() * addresses.length)
  }

  /** Carries out `call` at one endpoint, and at further ones when it was not reached at all. `bytesOf`: what was moved. @throws what `call` throws. */
  async send<T>(call: (address: Address) => Promise<T>, bytesOf: (answer: T) => number): Promise<T> {
    let tried: Set<number> | undefined
    for (;;) {
      const index = this.choose(tried)
      Atomics.add(this.#board.outstanding, index, 1)
      try {
        const answer = await call(this.#addresses[index]!)
        this.#answered(index)
        addFigure(this.#board, index, 'bytes', bytesOf(answer))
        return answer
      } catch (error) {
        this.#failed(index, error)
        // No connection came about, so nothing was asked: another one may be, whatever the request.
        if (!isFault(error, 'storage') || error.info.reason !== 'unreachable') throw error
        tried = (tried ?? new Set()).add(index)
        if (tried.size === this.#addresses.length) throw error
      } finally {
        Atomics.sub(this.#board.outstanding, index, 1)
      }
    }
  }

  /** The one with the least under way, in turn where they are equal; when all rest, the one that has rested the longest. */
  choose(tried?: ReadonlySet<number>): number {
    const count = this.#addresses.length
    const now = this.#clock.wallMilliseconds()
    let [best, least] = [-1, Infinity]
    let [next, soonest] = [-1, Infinity]
    for (let i = 1; i <= count; i++) {
      const index = (this.#last + i) % count
      if (tried?.has(index)) continue
      const outstanding = Atomics.load(this.#board.outstanding, index)
      const restsUntil = figureOf(this.#board, index, 'restsUntil')
      const isOnTrial = figureOf(this.#board, index, 'failures') > 0 && outstanding > 0
      if (restsUntil > now || isOnTrial) {
        if (restsUntil < soonest) [next, soonest] = [index, restsUntil]
      } else if (outstanding < least) {
        [best, least] = [index, outstanding]
      }
    }
    this.#last = best >= 0 ? best : next
    return this.#last
  }

  #answered(index: number): void {
    addFigure(this.#board, index, 'requests', 1)
    if (figureOf(this.#board, index, 'failures') > 0) setFigure(this.#board, index, 'failures', 0)
  }

  #failed(index: number, error: unknown): void {
    if (isFault(error, 'aborted')) return
    const { reason, status } = isFault(error, 'storage') ? error.info : {}
    // What had a status was an answer that did not suit.
    const how = reason === undefined || (status !== undefined && status < 500 && status !== 429) ? undefined : blame[reason]
    if (how === undefined) {
      this.#answered(index)
      return
    }
    addFigure(this.#board, index, 'requests', 1)
    addFigure(this.#board, index, 'errors', 1)
    const now = this.#clock.wallMilliseconds()
    // Requests that fail together are one failure.
    if (figureOf(this.#board, index, 'restsUntil') > now) return
    const failures = figureOf(this.#board, index, 'failures')
    setFigure(this.#board, index, 'restsUntil', now + (how === 'busy' ? rest.busy : Math.min(rest.longest, rest.first * 2 ** Math.min(failures, 10))))
    if (how === 'dead') setFigure(this.#board, index, 'failures', failures + 1)
  }
}
