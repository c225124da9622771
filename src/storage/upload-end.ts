// How uploads that will not become objects end: soon, and said when something of them is left.

import { Fault, isFault } from '../util/fault.ts'

/** How long a store may take, once nothing is wanted of it any more, to begin or remove an upload. Someone waits for the prompt. Milliseconds. */
export const parting = 3000

/** Aborted `parting` after `signal` is. For requests that must not be given up half-way. */
export function partingSignal(signal: AbortSignal | undefined): { readonly signal: AbortSignal; stop(): void } {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => { timer = setTimeout(() => { late.abort(signal!.reason) }, parting) }
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return { signal: late.signal, stop: () => { clearTimeout(timer); signal?.removeEventListener('abort', onAbort) } }
}

/** Whether `remove` succeeded, at the first or third time, in `parting` at most: a part on its way may outlive the first attempt. */
export async function removed(remove: (limit: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const limit = AbortSignal.timeout(parting)
  for (let attempt = 1; attempt <= 3 && !limit.aborted; attempt++) {
    try {
      await remove(limit)
      return true
    } catch (error) {
      if (isFault(error, 'storage') && error.info.status === 404) return true
      // The failure that led here is the one to tell.
    }
  }
  return false
}

/** `error`, its hint saying what is left in the bucket. Bugs stay as they are. */
export function leaving(error: unknown, left: string): unknown {
  if (!isFault(error)) return error
  const hint = `${error.hint === undefined ? '' : `${error.hint}; `}${left}`
  return new Fault(error.code, error.message, { info: error.info, hint, cause: error.cause })
}

/** The same of an upload in parts, which whoever counts what is left can see. */
export function leavingUpload(error: unknown, left: string): unknown {
  const told = leaving(error, left)
  if (isFault(told, 'aborted')) return new Fault('aborted', told.message, { info: { ...told.info, leavesUpload: true }, hint: told.hint, cause: told.cause })
  return isFault(told, 'storage') ? new Fault('storage', told.message, { info: { ...told.info, leavesUpload: true }, hint: told.hint, cause: told.cause }) : told
}

export function leavesUpload(error: unknown): boolean {
  return isFault(error, 'storage', 'aborted') && error.info.leavesUpload === true
}

export function leftUpload(key: string, uploadId: string): string {
  return `the upload ${uploadId} of ${JSON.stringify(key)} could not be removed and its parts are kept: abort it, or let a lifecycle rule of the bucket do it`
}

/** Whether an upload was surely not begun: the store refused, was never reached, or is not asked such a thing. */
export function isNotBegun({ info }: Fault<'storage'>): boolean {
  return info.status !== undefined || info.reason === 'unreachable' || info.reason === 'invalid'
}

/** `error` of beginning an upload, saying that one may be left when the answer did not come through. */
export function beginFailure(error: unknown, key: string): unknown {
  if (!isFault(error, 'aborted') && !(isFault(error, 'storage') && !isNotBegun(error))) return error
  return leavingUpload(error, `an upload of ${JSON.stringify(key)} may have begun: list the multipart uploads of the bucket, and abort it if it is there`)
}
