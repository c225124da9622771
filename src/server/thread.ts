// The server in a thread of its own: its CPU time is not the client's, and can be told.

import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { revive, type Failure } from '../util/fault.ts'
import type { Credentials, RunningServer, ServerOptions, ServerStats } from './server.ts'

/** A clock cannot cross a thread. */
export type ThreadServerOptions = Omit<ServerOptions, 'clock'>

export type ThreadQuestion = 'cpuSeconds' | 'stats' | 'close'

export interface ThreadAnswers {
  cpuSeconds: number | undefined
  stats: ServerStats
  close: undefined
}

export type ThreadMessage =
  | { readonly kind: 'ready'; readonly endpoint: string; readonly region: string; readonly credentials: Credentials }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: ThreadAnswers[ThreadQuestion] }

export interface ThreadRequest { readonly id: number; readonly question: ThreadQuestion }

/** What the thread is started with. */
export interface ThreadStart { readonly options: Omit<ThreadServerOptions, 'log'>; readonly logs: boolean }

type Ready = Extract<ThreadMessage, { kind: 'ready' }>

interface Waiting { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/** Starts a server in a worker thread. @throws {Fault} as `startServer` */
export async function startServerThread({ log, ...options }: ThreadServerOptions = {}): Promise<RunningServer> {
  const start: ThreadStart = { options, logs: log !== undefined }
  const worker = new Worker(new URL(`./thread-main${path.extname(import.meta.url)}`, import.meta.url), { workerData: start })
  const waiting = new Map<number, Waiting>()
  let ended: Error | undefined
  const ready = await new Promise<Ready>((resolve, reject) => {
    const end = (error: Error): void => {
      ended ??= error
      reject(error)
      for (const { reject: refuse } of waiting.values()) refuse(error)
      waiting.clear()
    }
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'ready': resolve(message); break
        case 'failed': reject(revive(message.failure)); break
        case 'log': log?.(message.line); break
        case 'answer': waiting.get(message.id)?.resolve(message.value); waiting.delete(message.id); break
      }
    })
    worker.on('error', end)
    worker.on('exit', () => { end(new Error('The thread of the S3 server has ended.')) })
  })

  let count = 0
  const ask = <Q extends ThreadQuestion>(question: Q): Promise<ThreadAnswers[Q]> => new Promise((resolve, reject) => {
    if (ended) { reject(ended); return }
    const id = count++
    waiting.set(id, { resolve: (value) => { resolve(value as ThreadAnswers[Q]) }, reject })
    const request: ThreadRequest = { id, question }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(request)
  })
  const shut = async (): Promise<void> => {
    await ask('close')
    await worker.terminate()
  }
  let closed: Promise<void> | undefined
  const { endpoint, region, credentials } = ready
  return {
    endpoint, region, credentials,
    stats: () => ask('stats'),
    cpuSeconds: () => ask('cpuSeconds'),
    close: () => (closed ??= shut()),
  }
}
