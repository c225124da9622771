// Inside a thread of a generation: its own store, its own lanes, its share of the memory.

import { parentPort, workerData } from 'node:worker_threads'
import { GenerationPlan } from '../dataset/plan.ts'
import { Uploader } from '../dataset/upload.ts'
import { missingFiles, writeFiles } from '../dataset/write-files.ts'
import { loadFormat } from '../format/index.ts'
import { openStore } from '../storage/index.ts'
import { countRequests, type RequestCounts } from '../storage/request-counts.ts'
import { uploadPlanOf } from '../storage/upload-plan.ts'
import { cancel, signalOf } from '../util/cancel.ts'
import { toFailure, type Failure } from '../util/fault.ts'
import { addCounts, addWritten, type GenerateSetup } from './generate-setup.ts'
import type { ThreadEnd } from './threads.ts'

const port = parentPort!

async function run(setup: GenerateSetup): Promise<void> {
  const { settings, states, shard, turns, totals, cancelled, uploads, memoryLimit } = setup
  const signal = signalOf(cancelled)
  const format = await loadFormat(setup.format)
  const counts: RequestCounts = { requests: 0, retries: 0, errors: 0 }
  const store = await openStore(setup.store, countRequests(counts))
  const plan = new GenerationPlan(settings, format)
  try {
    await writeFiles({
      plan, uploads, signal,
      uploader: new Uploader({ store, format, settings, memoryLimit, uploadPlan: uploadPlanOf(setup.store) }),
      next: missingFiles({ states, shard }, () => Atomics.add(turns, 0, 1) >>> 0),
      onWritten: (written) => {
        addCounts(totals, counts)
        addWritten(totals, written)
      },
    })
  } finally {
    addCounts(totals, counts)
    await store.close()
  }
}

let failure: Failure | undefined
try {
  await run(workerData as GenerateSetup)
} catch (error) {
  failure = toFailure(error)
  cancel((workerData as GenerateSetup).cancelled)
}
const last: ThreadEnd = { end: failure === undefined ? {} : { failure } }
port.postMessage(last)
