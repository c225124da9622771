// BatchRunner on a pool of worker threads.

import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { packTask, unpackReplies, type BatchReply, type BatchRunner, type BatchTask, type PackedReplies, type PackedTasks } from './protocol.ts'

export interface PoolOptions {
  /** The module whose default export is `(tasks: PackedTasks) => Promise<PackedReplies>`; it may post replies before, as messages. */
  readonly worker: URL
  /** Given to every thread once, as its workerData. */
  readonly workerData: unknown
  readonly threads: number
  /** Batches that the loaders may have in work at once, over all accelerators. More would be a bug, so it is an error. */
  readonly batchesInFlight: number
}

interface Waiter {
  readonly resolve: (reply: BatchReply) => void
  readonly reject: (error: unknown) => void
}

/**
 * Measured on Node 20 and 24 with piscina 5.3.2:
 * - atomics 'sync' parks an idle thread in Atomics.wait (0 of 40 timer ticks came through in 200 ms), so it does not see
 *   the server close an idle connection and every second request fails. 'disabled' costs nothing that matters here.
 * - a signal given to `run` terminates the thread, and makes the task exclusive: cancellation goes by CancelFlag instead.
 * - threads are all there before the first epoch, and stay: none is born inside a measured stretch.
 */
export function createPool({ worker, workerData, threads, batchesInFlight }: PoolOptions): BatchRunner {
  const pool = new Piscina<PackedTasks, PackedReplies>({
    // A URL would be made a path again for every task.
    filename: fileURLToPath(worker),
    workerData,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    atomics: 'disabled',
    concurrentTasksPerWorker: Math.max(1, Math.ceil(batchesInFlight / threads)),
    maxQueue: Math.max(1, batchesInFlight),
    recordTiming: false,
  })
  return new Groups(pool, threads)
}

/**
 * What is asked for in one turn of the event loop goes out as one piscina task a thread: with 64 accelerators a message for
 * every batch would be all that the main thread can do. Replies come back batch by batch, so none waits for its group.
 */
class Groups implements BatchRunner {
  readonly threads: number
  readonly #pool: Piscina<PackedTasks, PackedReplies>
  readonly #waiters = new Map<number, Waiter>()
  #pending: [id: number, task: BatchTask][] = []
  #lastId = 0
  #isClosing = false

  constructor(pool: Piscina<PackedTasks, PackedReplies>, threads: number) {
    this.#pool = pool
    this.threads = threads
    pool.on('message', (replies: PackedReplies) => { this.#settle(replies) })
    // Without a listener it would end the process. What a thread still says while the pool is taken down is nobody's any more.
    pool.on('error', (error) => { if (!this.#isClosing) this.#rejectAll(error) })
  }

  run(task: BatchTask): Promise<BatchReply> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiters.set(id, { resolve, reject })
      if (this.#pending.push([id, task]) === 1) setImmediate(() => { this.#send() })
    })
  }

  close(): Promise<void> {
    this.#isClosing = true
    return this.#pool.destroy()
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#waiters.values()) reject(error)
    this.#waiters.clear()
  }

  #send(): void {
    const tasks = this.#pending
    this.#pending = []
    const groups = Math.min(this.threads, tasks.length)
    for (let group = 0; group < groups; group++) {
      void this.#sendGroup(tasks.slice(Math.floor(tasks.length * group / groups), Math.floor(tasks.length * (group + 1) / groups)))
    }
  }

  async #sendGroup(tasks: readonly (readonly [id: number, task: BatchTask])[]): Promise<void> {
    const packed: number[] = []
    for (const [id, task] of tasks) packTask(id, task, packed)
    try {
      this.#settle(await this.#pool.run(packed))
    } catch (error) {
      // A bug, or a dead thread: nobody else will answer.
      for (const [id] of tasks) {
        this.#waiters.get(id)?.reject(error)
        this.#waiters.delete(id)
      }
    }
  }

  #settle(replies: PackedReplies): void {
    for (const [id, reply] of unpackReplies(replies)) {
      this.#waiters.get(id)?.resolve(reply)
      this.#waiters.delete(id)
    }
  }
}
