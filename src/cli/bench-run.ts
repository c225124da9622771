// A bench from its plan to its facts: objects, load, and removal of what it wrote, however it ends.

import { existingObjects } from '../bench/existing-objects.ts'
import { checkReads, largest, readMemory, writeMemory } from '../bench/lane-memory.ts'
import type { Load, Objects } from '../bench/load.ts'
import { countMarked, countThere, createMarks, type Marks } from '../bench/marks.ts'
import { ownObjects } from '../bench/own-objects.ts'
import { removeWritten } from '../bench/removal.ts'
import { runLoad, type LoadResult } from '../bench/run-load.ts'
import type { Tally } from '../bench/tally.ts'
import { createVersionLog, type VersionLog } from '../bench/version-log.ts'
import { counted } from '../metrics/wording.ts'
import { openStore } from '../storage/index.ts'
import type { ObjectStore } from '../storage/store.ts'
import { uploadPlanOf } from '../storage/upload-plan.ts'
import { Fault, isFault, revive, throwIfAborted } from '../util/fault.ts'
import { formatBytes, toSeconds } from '../util/units.ts'
import type { BenchFlags } from './bench-flags.ts'
import { watchCpu, type CpuWatch } from './bench-cpu.ts'
import type { BenchPlan } from './bench-target.ts'
import { freeMemoryBytes } from './plans.ts'
import type { Voice } from './session.ts'

/** For the code to be compiled. As long as the benches of test/bench warm up their loops at least. */
const longestWarmUpSeconds = 0.5

export interface BenchOutcome {
  readonly plan: BenchPlan
  /** Absent when the load did not begin. */
  readonly result?: LoadResult
  readonly objects?: Objects
  /** CPU of this process while the load ran, without the built-in server's. */
  readonly cpuSeconds?: number
  readonly peakRssBytes: number
  /** Objects of this run that are or may be on the store, and those that are gone again. */
  readonly left: number
  readonly removed: number
  /** Keys that were removed too, after writes of which nobody knows whether they made an object. */
  readonly removedInDoubt: number
  /** Uploads in parts that are or may be on the store. */
  readonly leftUploads: number
  /** Versions and delete markers that went with them, in a bucket that makes some. */
  readonly removedVersions: number
  /** Why the run is not complete, or what it left. */
  readonly error?: unknown
}

export interface BenchContext {
  readonly flags: BenchFlags
  readonly signal: AbortSignal
  readonly voice: Voice
  /** CPU of the built-in server's thread; 0 without one. */
  readonly serverCpuSeconds: () => Promise<number | undefined>
}

/** What became of a run, filled in as it goes. */
type Findings = { -readonly [K in keyof BenchOutcome]: BenchOutcome[K] }

export async function runBench(plan: BenchPlan, context: BenchContext): Promise<BenchOutcome> {
  const findings: Findings = { plan, peakRssBytes: process.memoryUsage.rss(), left: 0, leftUploads: 0, removed: 0, removedInDoubt: 0, removedVersions: 0 }
  const marks = createMarks(plan.existing ? 0 : plan.objects)
  const versions = createVersionLog(plan.existing ? 0 : undefined)
  const leftUploads = new Int32Array(new SharedArrayBuffer(4))
  const store = await openStore(plan.spec)
  try {
    await measure(plan, context, { findings, marks, leftUploads, versions, store })
  } catch (error) {
    findings.error = error
  }
  try {
    await tidy(context, { findings, marks, leftUploads, versions, store })
  } catch (error) {
    context.voice.warn(`objects of this run may be left below s3://${plan.spec.bucket}/${plan.folder}`)
    findings.error ??= error
  }
  await store.close()
  return findings
}

interface Parts {
  readonly findings: Findings
  readonly marks: Marks
  readonly leftUploads: Int32Array<SharedArrayBuffer>
  readonly versions: VersionLog
  readonly store: ObjectStore
}

async function measure(plan: BenchPlan, { flags, signal, voice, serverCpuSeconds }: BenchContext, { findings, marks, leftUploads, versions, store }: Parts): Promise<void> {
  if (flags.createBucket || flags.embedded) await store.createContainer({ signal })
  const objects = plan.existing ? await existingObjects(store, { prefix: plan.prefix, limit: flags.objects, seed: plan.seed, etags: plan.parts !== undefined, signal }) : ownObjects(plan.folder, plan.objects, plan.size)
  findings.objects = objects
  checkMemory(plan, flags, objects)
  const { operation, spec, concurrency, threads, seed } = plan
  const common = { spec, objects, concurrency, threads, seed, marks, leftUploads, versions }
  if (operation === 'get' && !plan.existing) await prepare({ ...common, operation: 'put', count: plan.objects }, signal, voice)
  const load: Load = {
    ...common, operation, warmUpSeconds: warmUpSeconds(flags),
    ...(flags.range === undefined ? {} : { rangeBytes: flags.range }), ...(plan.parts ? { parts: plan.parts } : {}),
    ...(flags.count === undefined ? { durationSeconds: flags.duration } : { count: flags.count }),
  }
  let cpu: CpuWatch | undefined
  let used: Promise<number | undefined> | undefined
  const see = (): void => { findings.peakRssBytes = Math.max(findings.peakRssBytes, process.memoryUsage.rss()) }
  const result = await runLoad(load, signal, {
    begin: () => { cpu = watchCpu(serverCpuSeconds) },
    end: () => {
      see()
      used = cpu?.stop()
    },
    progress: (tally) => {
      see()
      voice.progress(() => progressText(operation, tally))
    },
  })
  const cpuSeconds = await used
  if (cpuSeconds !== undefined) findings.cpuSeconds = cpuSeconds
  findings.result = result
  if (result.failure) throw result.failure
  throwIfAborted(signal)
  throwIfAllFailed(result.tally)
}

/** Then nothing was measured, though each lane may have had too few failures to give up. */
function throwIfAllFailed({ succeeded, failed, firstFailure }: Tally): void {
  if (succeeded > 0 || firstFailure === undefined) return
  const first = revive(firstFailure)
  if (!isFault(first) || failed === 1) throw first
  throw new Fault(first.code, `all ${failed} requests failed, the first one so: ${first.message}`, { info: first.info, hint: first.hint })
}

/** Requests go on for a while, where time is what is asked for: code is compiled, connections have found their pace. Of a count of requests it is one a lane. */
function warmUpSeconds({ count, duration }: BenchFlags): number {
  return count === undefined ? Math.min(longestWarmUpSeconds, duration / 10) : 0
}

/** Writes the objects that are then read. All of them, or there is nothing to measure. */
async function prepare(load: Load, signal: AbortSignal, voice: BenchContext['voice']): Promise<void> {
  const { tally, failure } = await runLoad(load, signal, { progress: (so) => { voice.progress(() => `writing objects to read: ${so.succeeded} of ${load.count}`) } })
  throwIfAborted(signal)
  if (failure) throw failure
  if (tally.firstFailure) throw revive(tally.firstFailure)
}

async function tidy({ flags, signal, voice }: BenchContext, { findings, marks, leftUploads, versions, store }: Parts): Promise<void> {
  const { objects, plan } = findings
  const count = countMarked(marks, findings.error)
  findings.left = count
  // The built-in server's memory goes with it.
  if (flags.embedded) findings.left = 0
  else findings.leftUploads = leftUploads[0]!
  if (flags.keep || flags.embedded || !objects || count === 0) return
  const text = `removing ${counted(count, 'object')} below s3://${plan.spec.bucket}/${plan.folder}`
  // Whoever has no patience for it then knows where they are.
  if (signal.aborted) voice.detail(text)
  else voice.progress(() => text)
  const removed = await removeWritten(store, { objects, marks, versions, folder: plan.folder })
  findings.removed = countThere(marks)
  findings.removedInDoubt = removed.objects - findings.removed
  findings.removedVersions = removed.versions
  findings.left = count - removed.objects
}

/** Each lane has memory for the largest object or range, or for pieces of it; those that write are gone before any reads. @throws {Fault} 'usage' */
function checkMemory({ operation, existing, spec, parts, concurrency }: BenchPlan, { range = Infinity, embedded }: BenchFlags, objects: Objects): void {
  const { sizes } = objects
  const isRead = operation === 'get'
  if (isRead) checkReads(objects, { rangeBytes: range, parts })
  const most = largest(sizes)
  const each = Math.max(isRead ? readMemory(Math.min(range, most), parts) : 0, existing ? 0 : writeMemory(most, uploadPlanOf(spec)))
  const stored = embedded ? sizes.reduce((sum, size) => sum + size, 0) : 0
  const free = freeMemoryBytes()
  if (concurrency * each + stored <= free / 2) return
  throw new Fault('usage', `${concurrency} requests in flight with ${formatBytes(each)} of memory each${embedded ? ` and ${formatBytes(stored)} of objects in the built-in server` : ''} need more than half of the ${formatBytes(free)} of free memory`, {
    info: {}, hint: `lower --concurrency${embedded ? ' or --objects' : ''}, or take smaller pieces: ${isRead ? '--range or --part for what is read' : '--part or --size'}`,
  })
}

function progressText(operation: string, { bytes, requests, failed, begin, end }: Tally): string {
  const seconds = Math.max(0, toSeconds(end - begin))
  return `${operation} ${seconds.toFixed(0)} s  ${formatBytes(seconds > 0 ? bytes / seconds : 0)}/s  ${requests} requests  errors ${failed}`
}

/** 'interrupted' for a wish of the user, 'failed' for anything else that ended the run. */
export function statusOf({ error }: Pick<BenchOutcome, 'error'>): 'complete' | 'interrupted' | 'failed' {
  return error === undefined ? 'complete' : isFault(error, 'aborted') ? 'interrupted' : 'failed'
}
