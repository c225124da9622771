// Threads that work through one list together, each with its own store: started at once, and waited for until all are gone.

import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { cancel, type CancelFlag } from '../util/cancel.ts'
import { isFault, revive, throwIfAborted, type Failure } from '../util/fault.ts'

/** What every thread tells last, when nothing of it is under way any more. */
export interface ThreadEnd {
  readonly end: { readonly failure?: Failure }
}

export interface ThreadWork<Setup, Message> {
  /** Of a file in this folder, without its ending. */
  readonly main: string
  readonly setups: readonly Setup[]
  /** Told of what the threads say before their end. */
  readonly onMessage?: (message: Message) => void
  readonly signal: AbortSignal | undefined
}

/** Rejects with the first failure, or with what aborted the signal, once all threads are gone. */
export async function runThreads<Setup extends { readonly cancelled: CancelFlag }, Message extends object>({ main, setups, onMessage, signal }: ThreadWork<Setup, Message>): Promise<void> {
  const url = new URL(`./${main}${path.extname(import.meta.url)}`, import.meta.url)
  throwFirst(await Promise.all(setups.map((setup) => runThread(url, setup, (message) => onMessage?.(message as Message)))), signal)
}

/** Resolves when the thread is gone, to what it failed of; stops the others when that is how it ends. */
async function runThread(url: URL, setup: { readonly cancelled: CancelFlag }, onMessage: (message: unknown) => void): Promise<unknown> {
  const worker = new Worker(url, { workerData: setup })
  let end: ThreadEnd['end'] | undefined
  let death: unknown
  worker.on('message', (message: object) => {
    if ('end' in message) ({ end } = message as ThreadEnd)
    else onMessage(message)
  })
  worker.on('error', (error) => {
    death = error
    cancel(setup.cancelled)
  })
  await new Promise<void>((resolve) => { worker.once('exit', () => { resolve() }) })
  if (death !== undefined) return death
  if (end?.failure) return revive(end.failure)
  if (end) return undefined
  cancel(setup.cancelled)
  return new Error('a thread ended before its work did')
}

/** Of a stop on request the reason is told; else the first cause, which the 'aborted' of the other threads only follow. */
function throwFirst(failures: readonly unknown[], signal: AbortSignal | undefined): void {
  const errors = failures.filter((error) => error !== undefined)
  if (errors.length === 0) return
  const cause = errors.find((error) => !isFault(error, 'aborted'))
  if (cause !== undefined) throw cause
  const telling = errors.find((error) => isFault(error) && error.hint !== undefined)
  if (telling === undefined) throwIfAborted(signal)
  throw telling ?? errors[0]
}
