// The three ways in which an object cannot be read. Every message names the object; `offset` in bytes from its start.

import { Fault } from '../util/fault.ts'

/** The bytes contradict the format. */
export function damaged(key: string, offset: number, message: string, cause?: unknown): Fault<'format'> {
  return new Fault('format', message, {
    info: { reason: 'damaged', key, offset },
    hint: 'delete the object, then generate or upload it again',
    cause,
  })
}

/** The bytes are right and mean something that is not implemented. */
export function unsupported(key: string, message: string, hint?: string): Fault<'format'> {
  return new Fault('format', message, { info: { reason: 'unsupported', key }, hint })
}

/** The bytes could be read, and that would be unsafe. */
export function refused(key: string, message: string, hint?: string): Fault<'format'> {
  return new Fault('format', message, { info: { reason: 'refused', key }, hint })
}

/** For sources: an object whose content points outside of it is damaged. `size`, `offset` and `length` in bytes. @throws {Fault} 'format' */
export function checkInside({ key, size }: { readonly key: string; readonly size: number }, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return
  throw damaged(key, offset, `${key} is ${size} bytes long, but its content points to ${length} bytes at ${offset}`)
}
