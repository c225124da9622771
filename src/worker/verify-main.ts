// Inside a thread that verifies a data set: its own store, its own lanes.

import { parentPort, workerData } from 'node:worker_threads'
import { Verifier } from '../dataset/verifier.ts'
import { verifyFiles } from '../dataset/verify-files.ts'
import { missingFiles } from '../dataset/write-files.ts'
import { loadFormat } from '../format/index.ts'
import { openStore } from '../storage/index.ts'
import { countRequests, type RequestCounts } from '../storage/request-counts.ts'
import { cancel, signalOf } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { toFailure, type Failure } from '../util/fault.ts'
import type { ThreadEnd } from './threads.ts'
import type { VerifyMessage, VerifySetup } from './verify-threads.ts'

const port = parentPort!
const tell = (message: VerifyMessage | ThreadEnd): void => { port.postMessage(message) }

async function run({ store: spec, format: source, verification, sizes, turns, cancelled, objectsInFlight }: VerifySetup): Promise<void> {
  const counts: RequestCounts = { requests: 0, retries: 0, errors: 0 }
  const store = await openStore(spec, countRequests(counts))
  const verifier = new Verifier(verification, await loadFormat(source), systemClock)
  // Every file has its turn, those that are missing too.
  const next = missingFiles({ states: new Uint8Array(sizes.length), shard: { rank: 0, worldSize: 1 } }, () => Atomics.add(turns, 0, 1) >>> 0)
  try {
    await verifyFiles({ store, verifier, sizes, next, objectsInFlight, signal: signalOf(cancelled), onFile: (file) => { tell({ file }) } })
  } finally {
    tell({ counts })
    await store.close()
  }
}

let failure: Failure | undefined
try {
  await run(workerData as VerifySetup)
} catch (error) {
  failure = toFailure(error)
  cancel((workerData as VerifySetup).cancelled)
}
tell({ end: failure === undefined ? {} : { failure } })
