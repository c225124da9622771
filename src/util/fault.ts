// What can go wrong for reasons outside this program. Anything else that is thrown is a bug: stack trace, exit code 1.
// A message is one sentence with the values in it; what to try about it is `hint`.

/** What a request to a store can end in, in words that decide what to do next. */
export type StorageReason =
  | 'unreachable' | 'tls' | 'timeout' | 'overdue' | 'clock' | 'protocol' // the target does not answer as an S3 endpoint should
  | 'no-bucket' | 'no-key' | 'denied' | 'redirect' // it answers, and says no
  | 'precondition' | 'truncated' | 'corrupt' // it answers with other bytes than were asked for
  | 'throttled' | 'server' | 'invalid' // it cannot now, or not like this

/** The details each code carries. This table is the documentation of the codes. */
export interface FaultInfo {
  /** A flag, a workload file or an override is wrong, or the plan is unsafe. Lines and columns count from 1. */
  usage: { file?: string; line?: number; column?: number; key?: string }
  /** No credentials, or the store refused them. */
  credentials: { endpoint?: string; status?: number; s3Code?: string; requestId?: string }
  /** A store did not do what it was asked. */
  storage: {
    reason: StorageReason; operation: string; key?: string; bucket?: string; endpoint?: string
    status?: number; s3Code?: string; requestId?: string; region?: string; retryAfterSeconds?: number
    /** The store's clock, milliseconds since 1970, when it refuses ours. */
    storeTimeMilliseconds?: number
    /** An upload in parts is, or may be, left in the bucket. */
    leavesUpload?: true
  }
  /** An object is damaged, or uses a feature that is not supported. `offset` in bytes from the object's start. */
  format: { reason: 'damaged' | 'unsupported' | 'refused'; key: string; offset?: number }
  /** The data set does not fit the workload. */
  dataset: { prefix: string; found?: number; wanted?: number }
  /** Stopped on request. The first cause wins. */
  aborted: { signal?: 'SIGINT' | 'SIGTERM' | 'deadline'; leavesUpload?: true }
}

export type FaultCode = keyof FaultInfo

export class Fault<C extends FaultCode = FaultCode> extends Error {
  readonly code: C
  readonly info: FaultInfo[C]
  readonly hint: string | undefined

  constructor(code: C, message: string, details: { info: FaultInfo[C]; hint?: string | undefined; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Fault'
    this.code = code
    this.info = details.info
    this.hint = details.hint
  }
}

/** Whether `error` is a Fault, and of one of `codes` when any are named. */
export function isFault<C extends FaultCode = FaultCode>(error: unknown, ...codes: C[]): error is Fault<C> {
  return error instanceof Fault && (codes.length === 0 || (codes as FaultCode[]).includes(error.code))
}

/** A thrown value as plain data: errors of ours lose their class and fields when a thread posts them. */
export interface Failure {
  readonly code: FaultCode | 'bug'
  readonly message: string
  readonly info: FaultInfo[FaultCode]
  readonly hint?: string
  readonly stack?: string
}

export function toFailure(error: unknown): Failure {
  if (isFault(error)) return { code: error.code, message: error.message, info: error.info, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  const text = error instanceof Error ? error.message : String(error)
  return { code: 'bug', message: text, info: {}, ...(error instanceof Error && error.stack ? { stack: error.stack } : {}) }
}

/** The error that `toFailure` took apart. */
export function revive(failure: Failure): Error {
  if (failure.code !== 'bug') return new Fault(failure.code, failure.message, { info: failure.info, hint: failure.hint })
  const error = new Error(failure.message)
  if (failure.stack) error.stack = failure.stack
  return error
}

export function abortedFault(signal?: FaultInfo['aborted']['signal']): Fault<'aborted'> {
  return new Fault('aborted', signal ? `stopped by ${signal}` : 'stopped', { info: signal ? { signal } : {} })
}

/** Throws the signal's own Fault, or an 'aborted' one, when it has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw isFault(signal.reason) ? signal.reason : abortedFault()
}
