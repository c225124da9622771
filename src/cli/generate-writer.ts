// Who writes the files of a data set: this thread, or several of its own.

import os from 'node:os'
import { memoryOf } from '../dataset/upload.ts'
import { inlineWriter, type FileWriter, type WriteRequest } from '../dataset/write-files.ts'
import { fileStates } from '../dataset/survey.ts'
import type { Format } from '../format/format.ts'
import type { FormatSource } from '../format/index.ts'
import { uploadPlanOf, type UploadPlan } from '../storage/upload-plan.ts'
import { KiB, MiB } from '../util/units.ts'
import { threadedWriter } from '../worker/generate-threads.ts'
import type { Session } from './session.ts'

/** What a thread must have to write before it is worth the 100 ms of CPU that starting it and warming up its code take. An object is as much work as so many bytes more. */
const bytesPerThread = 128 * MiB
const objectWork = 64 * KiB

interface Means {
  readonly threads: number
  readonly uploads: number
  readonly memoryLimit: number
  readonly uploadPlan: UploadPlan
}

/** A thread a core, or --threads; fewer for small work, and so few that the largest object fits in the share that each has of the memory. */
export function writingThreads({ plan, states, shard: { rank, worldSize } }: Pick<WriteRequest, 'plan' | 'states' | 'shard'>, format: Format, { threads, uploads, memoryLimit, uploadPlan }: Means): number {
  const largest = plan.largest()
  if (largest === undefined) return 1
  let missing = 0
  for (let index = rank; index < states.length; index += worldSize) if (states[index] !== fileStates.present) missing++
  const memory = memoryOf(largest, format, uploadPlan)
  const work = missing * ((largest.size ?? memory) + objectWork)
  return Math.max(1, Math.floor(Math.min(threads, uploads, missing, work / bytesPerThread, memoryLimit / Math.max(1, memory))))
}

export function fileWriter(session: Session, { format, name, uploads }: { format: Format; name: FormatSource; uploads: number }): FileWriter {
  const { store, memoryLimitBytes: memoryLimit, target: { spec }, request: { flags } } = session
  const uploadPlan = uploadPlanOf(spec)
  const inline = inlineWriter({ store, format, memoryLimit, uploads, uploadPlan })
  // What is in the memory of this thread only this thread can write to.
  if (spec.kind === 'memory') return inline
  return (request) => {
    const threads = writingThreads(request, format, { threads: flags.threads ?? os.availableParallelism(), uploads, memoryLimit, uploadPlan })
    if (threads === 1) return inline(request)
    return threadedWriter({ store: spec, format: name, threads, uploads, memoryLimit, onCounts: (counts) => { session.addCounts(counts) } })(request)
  }
}
