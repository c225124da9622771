// Whether the head of an answer promises exactly the bytes that were asked for. Anything else is never read, let alone padded.

import type { ByteRange } from '../store.ts'
import { changed, quoted, storageFault, truncated, type FaultContext } from '../faults.ts'
import type { ResponseHead } from './http-head.ts'
import { unquote } from './list-xml.ts'

/** True for the bytes of `range`, false for a refusal. @throws {Fault} 'protocol', 'truncated' or 'precondition' for other bytes. */
export function promises(head: ResponseHead, range: ByteRange, ifMatch: string | undefined, context: FaultContext): boolean {
  const { status, headers } = head
  if (status !== 206 && status !== 200) return false
  const { offset, length } = range
  const text = headers.get('content-length')
  const key = context.key ?? ''
  const detailed = { ...context, status }
  if (status === 206) {
    const got = headers.get('content-range')
    if (got === undefined || !tells(got, offset, offset + length - 1)) {
      const shorter = rangeOf(got)
      if (shorter && shorter.offset === offset && shorter.length < length) throw truncated(key, shorter.length, length, detailed)
      throw wrong(`${context.endpoint} answered ${got === undefined ? 'no content-range' : JSON.stringify(got)} where bytes ${offset}-${offset + length - 1} of ${quoted(key)} were asked for`, detailed)
    }
    if (text !== undefined && Number(text) < length) throw truncated(key, Number(text), length, detailed)
  } else if (offset !== 0 || text !== String(length)) {
    throw wrong(`${context.endpoint} answered a request for bytes ${offset}-${offset + length - 1} of ${quoted(key)} with the whole object, ${text ?? 'an unknown number of'} bytes`, detailed)
  }
  const etag = headers.get('etag')
  if (ifMatch !== undefined && etag !== undefined && unquote(etag) !== ifMatch) throw changed(key, detailed)
  return true
}

/** Whether `contentRange` begins with "bytes `first`-`last`/". No text is made for it: every read is checked. */
function tells(contentRange: string, first: number, last: number): boolean {
  if (!contentRange.startsWith('bytes ')) return false
  const dash = afterNumber(contentRange, 6, first)
  return dash > 0 && contentRange.charCodeAt(dash) === 0x2d && contentRange.charCodeAt(afterNumber(contentRange, dash + 1, last)) === 0x2f
}

/** Behind the digits that begin at `from`, when they are those of `expected`; else −1. */
function afterNumber(text: string, from: number, expected: number): number {
  let value = 0, at = from
  for (let unit = text.charCodeAt(at); unit >= 0x30 && unit <= 0x39; unit = text.charCodeAt(++at)) value = value * 10 + unit - 0x30
  return at > from && value === expected ? at : -1
}

function rangeOf(contentRange: string | undefined): ByteRange | undefined {
  const match = /^bytes (\d+)-(\d+)\//.exec(contentRange ?? '')
  return match ? { offset: Number(match[1]), length: Number(match[2]) - Number(match[1]) + 1 } : undefined
}

function wrong(message: string, context: FaultContext): ReturnType<typeof storageFault> {
  return storageFault('protocol', message, context, { hint: 'the store, or a proxy before it, does not understand range requests' })
}
