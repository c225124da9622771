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

interface Listener { readonly call: () => void; index: number }

const listenersOf = new WeakMap<AbortSignal, Listener[]>()

/**
 * Calls `listener` once when `signal` is aborted, until what is returned is called. All share one real listener of the signal:
 * its own list is walked from the first for every one that comes or goes, and a run has one for each read and sleep.
 * A signal that is aborted already calls nothing. Kept in an array: a Set makes a new table every few listeners, each old one
 * points to the next, and once one of them is old to the collector all that follow outlive their use, with what they held.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal.aborted) return nothing
  const listeners = listenersOf.get(signal) ?? listen(signal)
  const own: Listener = { call: listener, index: listeners.length }
  listeners.push(own)
  return () => { remove(listeners, own) }
}

function listen(signal: AbortSignal): Listener[] {
  const listeners: Listener[] = []
  listenersOf.set(signal, listeners)
  signal.addEventListener('abort', () => {
    // Those that are called may remove others; who was removed is not called.
    for (const each of listeners.slice()) if (each.index >= 0) { remove(listeners, each); each.call() }
  }, { once: true })
  return listeners
}

/** The last one takes the place of the one that goes. */
function remove(listeners: Listener[], own: Listener): void {
  if (own.index < 0) return
  const last = listeners.pop()!
  if (last !== own) {
    listeners[own.index] = last
    last.index = own.index
  }
  own.index = -1
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
