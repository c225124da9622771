// A pool's worker that reads nothing: sample 13 fails, 99 is a bug, 7 ends only once the word in workerData is set.
import { parentPort, threadId, workerData } from 'node:worker_threads'

export default async function echo(packed) {
  const numbers = [], failures = []
  const late = { numbers: [], failures: [], retriesBy: [] }
  for (let at = 0; at < packed.length;) {
    const id = packed[at], numSamples = packed[at + 5], sample = packed[at + 6]
    at += 6 + numSamples
    if (sample === 99) throw new Error('a bug in the worker')
    if (sample === 100) process.exit(1)
    const into = sample === 7 ? late.numbers : numbers
    into.push(id, threadId, 1, 2, sample ?? -1, packed.length, 0, 0, 0, 0, 0)
    if (sample === 13) failures.push([id, { code: 'aborted', message: 'unlucky', info: {} }])
  }
  if (late.numbers.length === 0) return { numbers, failures, retriesBy: [] }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage({ numbers, failures, retriesBy: [] })
  await Atomics.waitAsync(workerData, 0, 0).value
  return late
}
