// What runs in the server's thread.

import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { toFailure } from '../util/fault.ts'
import { nanosecondsPerSecond } from '../util/units.ts'
import { startServer, type RunningServer } from './server.ts'
import type { ThreadAnswers, ThreadMessage, ThreadQuestion, ThreadRequest, ThreadStart } from './thread.ts'

const port = parentPort!
const { options, logs } = workerData as ThreadStart
const post = (message: ThreadMessage): void => { port.postMessage(message) }

/** Of this thread. Must not be awaited: the file tells of the thread that reads it. */
function threadCpuSeconds(): number | undefined {
  // In newer Node versions only.
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } }
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / nanosecondsPerSecond
  } catch {
    const usage = threadCpuUsage?.call(process)
    return usage && (usage.user + usage.system) / 1e6
  }
}

async function answer(server: RunningServer, question: ThreadQuestion): Promise<ThreadAnswers[ThreadQuestion]> {
  switch (question) {
    case 'cpuSeconds': return threadCpuSeconds()
    case 'stats': return server.stats()
    case 'close': await server.close()
  }
  return undefined
}

try {
  const server = await startServer(logs ? { ...options, log: (line) => { post({ kind: 'log', line }) } } : options)
  port.on('message', ({ id, question }: ThreadRequest) => {
    void answer(server, question).then((value) => { post({ kind: 'answer', id, value }) })
  })
  const { endpoint, region, credentials } = server
  post({ kind: 'ready', endpoint, region, credentials })
} catch (error) {
  post({ kind: 'failed', failure: toFailure(error) })
}
