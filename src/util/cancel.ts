// One cancellation for all threads: a shared word that becomes an AbortSignal on the other side.
// piscina's own signal would terminate the worker and drop its warm connections.

import { setMaxListeners } from 'node:events'
import { abortedFault } from './fault.ts'

/** One Int32: 0 while running, 1 once cancelled. Crosses threads by reference. */
export type CancelFlag = Int32Array<SharedArrayBuffer>

export function createCancelFlag(): CancelFlag {
  return new Int32Array(new SharedArrayBuffer(4))
}

export function cancel(flag: CancelFlag): void {
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
}

const prepared = new WeakSet<AbortSignal>()

/**
 * Tells Node 20 that more than ten listeners of `signal` are no leak; it would warn on stderr. To be called where a
 * listener is added that many calls may add, since such signals are made anywhere: by AbortSignal.any(), by our callers.
 */
export function expectListeners(signal: AbortSignal | undefined): void {
  if (signal === undefined || prepared.has(signal)) return
  prepared.add(signal)
  setMaxListeners(0, signal)
}

const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when `signal` is aborted, until what is returned is called. All share one real listener of the signal:
 * its own list is walked from the first for every one that comes or goes, and a run has one for each read and sleep.
 * A signal that is aborted already calls nothing.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal.aborted) return nothing
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    const all = listeners = new Set<() => void>()
    listenersOf.set(signal, all)
    signal.addEventListener('abort', () => { for (const each of all) each() }, { once: true })
  }
  const all = listeners
  all.add(listener)
  return () => { all.delete(listener) }
}

const nothing = (): void => {}

/** A controller for many listeners: every read, sleep and wait of a run listens to its one signal. */
export function createController(): AbortController {
  const controller = new AbortController()
  expectListeners(controller.signal)
  return controller
}

/** A signal that is aborted with an 'aborted' Fault once the flag is set. Does not keep the thread alive. */
export function signalOf(flag: CancelFlag): AbortSignal {
  const controller = createController()
  const abort = (): void => { controller.abort(abortedFault()) }
  const wait = (): void => {
    const { async, value } = Atomics.waitAsync(flag, 0, 0)
    if (!async) abort()
    else void value.then((how) => { if (how === 'timed-out') wait(); else abort() })
  }
  wait()
  return controller.signal
}

/** Sets the flag when the signal is aborted; `stop` ends the connection. */
export function connectFlag(signal: AbortSignal, flag: CancelFlag): { stop(): void } {
  if (signal.aborted) cancel(flag)
  return { stop: onAbort(signal, () => { cancel(flag) }) }
}
