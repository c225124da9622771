// Who was the limit: the accelerators, the client, too few reads in flight, or the store. Data with the evidence in one sentence.
// Only facts of the run decide; with too few of them the answer is 'unknown'. Rules and thresholds: docs/metrics.md.

import { formatSeconds } from '../util/units.ts'
import { counted, percentText } from './wording.ts'

export type LimitName = 'accelerators' | 'client' | 'concurrency' | 'store' | 'unknown'

export interface Limit {
  readonly who: LimitName
  /** One sentence with the values that decided. */
  readonly evidence: string
  /** What would show, or move, the limit. */
  readonly action?: string
}

/** What the decision needs. Shares are fractions of 1; undefined where it is not known. */
export interface LimitFacts {
  /** Steps of all ranks inside the metric window. */
  readonly windowSteps: number
  readonly dataWaitShare: number | undefined
  readonly auPercent: number | undefined
  /** How much longer compute steps lasted than they were asked to. */
  readonly computeErrorPercent: number | undefined
  /** Client CPU over cores × time, while training ran. */
  readonly cpuShare: number | undefined
  /** The median of the health samples' p99, about one sample a second: a single hiccup explains no waiting. */
  readonly usualLoopDelaySeconds: number | undefined
  /** Decoding over threads × time of the phases. */
  readonly decodeShare: number | undefined
  /** Time reads waited for the store over slots × time of the phases. */
  readonly slotShare: number | undefined
  readonly slots: number
  readonly fetchSeconds: number
  readonly decodeSeconds: number
  readonly firstByteMeanSeconds: number | undefined
  readonly firstByteMinSeconds: number | undefined
  readonly totalMeanSeconds: number | undefined
  readonly totalP50Seconds: number | undefined
  readonly totalP99Seconds: number | undefined
}

/** Below this many steps one slow request decides everything. */
export const fewestWindowSteps = 10
/** A wait of 5 % of the time is the room that the strictest AU goals in use (90 %) leave twice over. */
export const accelerators = { auPercent: 95, dataWaitShare: 0.05 } as const
/** Above 85 % of all cores work queues for a core. 10 ms late timers are as long as whole steps of the smallest workloads. 70 % of the threads decoding leaves no time to fetch. */
export const client = { cpuShare: 0.85, loopDelaySeconds: 0.01, decodeShare: 0.7, computeErrorPercent: 10 } as const
/** Half of the permitted reads in flight, as a mean over time: the begin and the end of each epoch, when fewer are, are in it. */
export const busySlotShare = 0.5
/** A mean first byte three times the fastest one means that requests queue in the store. */
export const queueingRatio = 3
/** A step waits for the slowest read of its batch: with a p99 of five times the median, that one decides. */
export const tailRatio = 5

const percent = (share: number): string => percentText(share * 100)

/** The first rule that holds, in the order: too little data, accelerators, client, concurrency, store. */
export function limitOf(facts: LimitFacts): Limit {
  if (facts.windowSteps < fewestWindowSteps || facts.dataWaitShare === undefined || facts.auPercent === undefined) {
    return { who: 'unknown', evidence: `${counted(facts.windowSteps, 'measured step')} cannot tell, ${fewestWindowSteps} can` }
  }
  const { computeErrorPercent } = facts
  if (computeErrorPercent !== undefined && computeErrorPercent >= client.computeErrorPercent) {
    return { who: 'client', evidence: `this machine was late: compute steps took ${percentText(computeErrorPercent)} longer than they were asked to, so that AU says little`, action: 'use fewer accelerators a process, or a larger client' }
  }
  const idle = `data wait was ${percent(facts.dataWaitShare)} of the time, AU ${percentText(facts.auPercent)}`
  if (facts.auPercent >= accelerators.auPercent || facts.dataWaitShare <= accelerators.dataWaitShare) {
    return { who: 'accelerators', evidence: `the store kept up: ${idle}`, action: 'add accelerators, or shorten computation_time, to find the limit of the store' }
  }
  return clientLimit(facts) ?? readLimit(facts, facts.dataWaitShare, idle)
}

function clientLimit(facts: LimitFacts): Limit | undefined {
  if (facts.cpuShare !== undefined && facts.cpuShare >= client.cpuShare) {
    return { who: 'client', evidence: `this machine was busy: client CPU ${percent(facts.cpuShare)} of all cores`, action: 'use a larger client, or more hosts' }
  }
  if (facts.decodeShare !== undefined && facts.decodeShare >= client.decodeShare && facts.decodeSeconds > facts.fetchSeconds) {
    return { who: 'client', evidence: `the threads decoded ${percent(facts.decodeShare)} of the time, longer than they waited for the store`, action: 'use more cores, or a format that is cheaper to decode' }
  }
  if (facts.usualLoopDelaySeconds !== undefined && facts.usualLoopDelaySeconds > client.loopDelaySeconds) {
    return { who: 'client', evidence: `this machine was late: event-loop delay p99 of ${formatSeconds(facts.usualLoopDelaySeconds)} or more in over half of the seconds`, action: 'leave a core free for the main thread: other programs, or too many threads, take it' }
  }
  return undefined
}

/** Nothing at the client explains the wait: it was in reading. Fewer reads than permitted, or slow ones? */
function readLimit(facts: LimitFacts, dataWaitShare: number, idle: string): Limit {
  const { slotShare, firstByteMeanSeconds, firstByteMinSeconds, totalMeanSeconds } = facts
  if (slotShare === undefined || firstByteMeanSeconds === undefined || firstByteMinSeconds === undefined || totalMeanSeconds === undefined) {
    return { who: 'unknown', evidence: `${idle}; there are no request timings to say why` }
  }
  if (facts.decodeSeconds > facts.fetchSeconds) {
    return { who: 'unknown', evidence: `${idle}; decoding took longer than fetching, but neither cores nor threads were full` }
  }
  const busy = `${percent(slotShare)} of the permitted ${counted(facts.slots, 'read')} were in flight`
  // Had all reads been made while accelerators waited, there would still have been free slots: nothing asked for more.
  if (slotShare < busySlotShare * dataWaitShare) {
    return { who: 'concurrency', evidence: `${idle}, and only ${busy}`, action: 'raise prefetch_size, or --memory-limit if batches are large' }
  }
  if (slotShare < busySlotShare) return burstLimit(facts, `${idle}; ${busy}`)
  const transferShare = 1 - firstByteMeanSeconds / totalMeanSeconds
  const first = `first byte ${formatSeconds(firstByteMeanSeconds)} on average, ${formatSeconds(firstByteMinSeconds)} at best`
  if (transferShare < 0.5 && firstByteMeanSeconds < queueingRatio * firstByteMinSeconds) {
    return { who: 'concurrency', evidence: `${idle}; ${busy}, yet requests did not queue in the store (${first})`, action: 'raise read_threads: more reads in flight may be faster' }
  }
  const why = transferShare >= 0.5 ? `${percent(transferShare)} of a read was transfer` : 'requests queued'
  return { who: 'store', evidence: `${idle}; ${busy} and ${why} (${first}); the client was not busy` }
}

/** Reads came in bursts, slots were free in between: then it is either slow single reads, or not to be told. */
function burstLimit({ totalP50Seconds, totalP99Seconds }: LimitFacts, evidence: string): Limit {
  if (totalP50Seconds !== undefined && totalP99Seconds !== undefined && totalP99Seconds >= tailRatio * totalP50Seconds) {
    return { who: 'store', evidence: `${evidence}, and steps waited for slow reads: p99 ${formatSeconds(totalP99Seconds)} against a median of ${formatSeconds(totalP50Seconds)}` }
  }
  return { who: 'unknown', evidence: `${evidence}: reads came in bursts`, action: 'raise prefetch_size: if AU rises, reading began too late; if not, the store is the limit' }
}
