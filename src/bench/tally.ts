// What requests amounted to: counts and histograms that add up, over seconds and over threads.

import { Histogram, type HistogramJson } from '../metrics/histogram.ts'
import { isFault, toFailure, type Failure } from '../util/fault.ts'
import { sumRetries, type RetryCause, type RetryCounts } from '../util/retry-counts.ts'
import type { Nanoseconds } from '../util/units.ts'

/** What a lane asked for and got: one request, or an object by several. Points on the monotonic clock. */
export interface Timed {
  readonly begin: Nanoseconds
  /** Of reads. */
  readonly firstByte?: Nanoseconds
  readonly end: Nanoseconds
  readonly bytes: number
  /** What it took, when that was more than one request. */
  readonly requests?: readonly Timed[]
}

export interface TallyJson {
  readonly succeeded: number
  readonly requests: number
  readonly bytes: number
  readonly retries: number
  readonly retriesBy: RetryCounts
  /** Failed requests by reason. */
  readonly errors: Readonly<Record<string, number>>
  readonly firstFailure?: Failure
  /** Of the first request's begin and the last one's end; absent while there are none. */
  readonly begin?: Nanoseconds
  readonly end?: Nanoseconds
  readonly firstByte: HistogramJson
  readonly total: HistogramJson
}

export class Tally {
  /** What lanes asked for and got, and the requests that were answered for it: more where objects are read in ranges. */
  succeeded = 0
  requests = 0
  bytes = 0
  retries = 0
  retriesBy: RetryCounts = {}
  readonly errors: Map<string, number> = new Map()
  firstFailure: Failure | undefined
  begin: Nanoseconds = Infinity
  end: Nanoseconds = -Infinity
  readonly firstByte: Histogram = new Histogram()
  readonly total: Histogram = new Histogram()

  get failed(): number {
    let failed = 0
    for (const count of this.errors.values()) failed += count
    return failed
  }

  add(timed: Timed): void {
    const { begin, end, bytes, requests } = timed
    this.succeeded++
    this.bytes += bytes
    if (begin < this.begin) this.begin = begin
    if (end > this.end) this.end = end
    if (!requests) this.#addRequest(timed)
    else for (const request of requests) this.#addRequest(request)
  }

  #addRequest({ begin, firstByte, end }: Timed): void {
    this.requests++
    if (firstByte !== undefined) this.firstByte.record(firstByte - begin)
    this.total.record(end - begin)
  }

  /** A request that failed for good. It has no latency, but its time is time of the load. */
  fail(error: unknown, begin: Nanoseconds, end: Nanoseconds): void {
    const reason = isFault(error, 'storage') ? error.info.reason : isFault(error) ? error.code : 'bug'
    this.errors.set(reason, (this.errors.get(reason) ?? 0) + 1)
    this.firstFailure ??= toFailure(error)
    this.begin = Math.min(this.begin, begin)
    this.end = Math.max(this.end, end)
  }

  retry(cause: RetryCause): void {
    this.retries++
    this.retriesBy = sumRetries([this.retriesBy, { [cause]: 1 }])
  }

  /** What a warm-up leaves behind: a failure is told also when nothing was being measured. */
  onlyFailures(): Tally {
    const kept = new Tally()
    for (const [reason, count] of this.errors) kept.errors.set(reason, count)
    kept.firstFailure = this.firstFailure
    return kept
  }

  merge(other: TallyJson): void {
    this.succeeded += other.succeeded
    this.requests += other.requests
    this.bytes += other.bytes
    this.retries += other.retries
    this.retriesBy = sumRetries([this.retriesBy, other.retriesBy])
    for (const [reason, count] of Object.entries(other.errors)) this.errors.set(reason, (this.errors.get(reason) ?? 0) + count)
    this.firstFailure ??= other.firstFailure
    this.begin = Math.min(this.begin, other.begin ?? Infinity)
    this.end = Math.max(this.end, other.end ?? -Infinity)
    this.firstByte.merge(Histogram.fromJSON(other.firstByte))
    this.total.merge(Histogram.fromJSON(other.total))
  }

  toJSON(): TallyJson {
    return {
      succeeded: this.succeeded, requests: this.requests, bytes: this.bytes, retries: this.retries, retriesBy: this.retriesBy, errors: Object.fromEntries(this.errors),
      ...(this.firstFailure === undefined ? {} : { firstFailure: this.firstFailure }),
      ...(this.begin === Infinity ? {} : { begin: this.begin, end: this.end }),
      firstByte: this.firstByte.toJSON(), total: this.total.toJSON(),
    }
  }
}
