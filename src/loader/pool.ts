// BatchRunner on a pool of worker threads.

import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { Loads } from './loads.ts'
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
  /** Who reads it. Undefined while no thread is ready. */
  thread: number | undefined
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
  const sending = new Sending()
  const pool = new Piscina<PackedTasks, PackedReplies>({
    // A URL would be made a path again for every task.
    filename: fileURLToPath(worker),
    loadBalancer: (_task, workers) => sending.choose(workers) ?? null,
    workerData,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    atomics: 'disabled',
    concurrentTasksPerWorker: Math.max(1, Math.ceil(batchesInFlight / threads)),
    maxQueue: Math.max(1, batchesInFlight),
    recordTiming: false,
  })
  return new Groups(pool, threads, sending)
}

/** The group that is being given to piscina, which asks for a thread before its `run` returns, or later where none is ready. */
class Sending {
  readonly loads = new Loads()
  #count = 0
  #thread: number | undefined

  /** The thread that took the group of `count` batches during `send`. */
  during(count: number, send: () => void): number | undefined {
    this.#count = count
    this.#thread = undefined
    send()
    this.#count = 0
    return this.#thread
  }

  choose<Thread extends { readonly id: number }>(threads: readonly Thread[]): Thread | undefined {
    const chosen = this.loads.least(threads)
    if (chosen && this.#count > 0) this.loads.begin(this.#thread = chosen.id, this.#count)
    return chosen
  }
}

/**
 * What is asked for in one turn of the event loop goes out as one piscina task a thread: with 64 accelerators a message for
 * every batch would be all that the main thread can do. Replies come back batch by batch, so none waits for its group.
 */
class Groups implements BatchRunner {
  readonly threads: number
  readonly #pool: Piscina<PackedTasks, PackedReplies>
  readonly #sending: Sending
  readonly #waiters = new Map<number, Waiter>()
  #pending: [id: number, task: BatchTask][] = []
  #lastId = 0
  #isClosing = false

  constructor(pool: Piscina<PackedTasks, PackedReplies>, threads: number, sending: Sending) {
    this.#pool = pool
    this.#sending = sending
    this.threads = threads
    pool.on('message', (replies: PackedReplies) => { this.#settle(replies) })
    // Without a listener it would end the process. What a thread still says while the pool is taken down is nobody's any more.
    pool.on('error', (error) => { if (!this.#isClosing) this.#rejectAll(error) })
  }

  run(task: BatchTask): Promise<BatchReply> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiters.set(id, { thread: undefined, resolve, reject })
      if (this.#pending.push([id, task]) === 1) setImmediate(() => { this.#send() })
    })
  }

  close(): Promise<void> {
    this.#isClosing = true
    return this.#pool.destroy()
  }

  #rejectAll(error: unknown): void {
    for (const id of this.#waiters.keys()) this.#take(id)?.reject(error)
  }

  #send(): void {
    const tasks = this.#pending
    this.#pending = []
    let begin = 0
    for (const share of this.#sending.loads.shares(tasks.length, this.threads)) void this.#sendGroup(tasks.slice(begin, begin += share))
  }

  async #sendGroup(tasks: readonly (readonly [id: number, task: BatchTask])[]): Promise<void> {
    const packed: number[] = []
    for (const [id, task] of tasks) packTask(id, task, packed)
    let running!: Promise<PackedReplies>
    const thread = this.#sending.during(tasks.length, () => { running = this.#pool.run(packed) })
    for (const [id] of tasks) this.#waiters.get(id)!.thread = thread
    try {
      this.#settle(await running)
    } catch (error) {
      // A bug, or a dead thread: nobody else will answer.
      for (const [id] of tasks) this.#take(id)?.reject(error)
    }
  }

  #settle(replies: PackedReplies): void {
    for (const [id, reply] of unpackReplies(replies)) this.#take(id)?.resolve(reply)
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id)
    this.#waiters.delete(id)
    if (waiter?.thread !== undefined) this.#sending.loads.end(waiter.thread)
    return waiter
  }
}
