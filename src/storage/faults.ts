// The Faults that every backend words alike.

import { Fault, type FaultInfo, type StorageReason } from '../util/fault.ts'

/** A method of the ObjectStore port, as records and Faults name it. */
export type Operation = 'list' | 'head' | 'read' | 'write' | 'delete' | 'create'

export type StorageFault = Fault<'storage'>

/** What a Fault should know besides its reason. `isUnsigned` decides what it says, and is not kept in it. */
export type FaultContext = Omit<FaultInfo['storage'], 'reason'> & { operation: Operation; isUnsigned?: boolean }

export function storageFault(reason: StorageReason, message: string, context: FaultContext, more: { hint?: string; cause?: unknown } = {}): StorageFault {
  const { isUnsigned: _, ...info } = context
  return new Fault('storage', message, { info: { reason, ...info }, ...more })
}

export function noKey(store: string, context: FaultContext & { key: string }): StorageFault {
  return storageFault('no-key', `${store} has no object ${quoted(context.key)}`, context, { hint: 'check the prefix and the key, or generate the data set first' })
}

export function noContainer(store: string, context: FaultContext, cause?: unknown): StorageFault {
  return storageFault('no-bucket', `${store} does not exist`, context, { hint: 'check its name, or make it: --create-bucket', cause })
}

export function truncated(key: string, got: number, wanted: number, context: FaultContext): StorageFault {
  return storageFault('truncated', `${quoted(key)} gave ${got} of ${wanted} bytes`, { ...context, key },
    { hint: 'the object is shorter than the listing said, or the store ended the answer early; list again' })
}

export function changed(key: string, context: FaultContext): StorageFault {
  return storageFault('precondition', `${quoted(key)} is not the object that was listed: its ETag differs`, { ...context, key },
    { hint: 'something writes to the data set while it is read; stop it or list again' })
}

/** Bytes of UTF-8. */
const longestKey = 1024
/** Keys of so many UTF-16 units are never longer: none has more than three bytes. */
export const shortKey: number = Math.floor(longestKey / 3)

/** Stores refuse longer keys in words of their own, of a HEAD without any. @throws {Fault} 'invalid' */
export function checkKey(key: string, context: FaultContext): void {
  const length = Buffer.byteLength(key)
  if (length <= longestKey) return
  throw storageFault('invalid', `the key that begins with ${quoted(key.slice(0, 60))} has ${length} bytes of UTF-8, and S3 takes ${longestKey} at most`, context, { hint: 'shorten it, or the prefix that it begins with' })
}

/** Rejects ranges and destinations that cannot be meant: a bug of the caller, so not a Fault. */
export function checkRange(range: { offset: number; length: number }, into: Uint8Array): void {
  if (into.length !== range.length) throw new RangeError(`destination of ${into.length} bytes for a range of ${range.length}`)
  if (!(range.offset >= 0) || !Number.isSafeInteger(range.offset + range.length)) throw new RangeError(`range ${range.offset}+${range.length}`)
}

/** A key for people: quoted, control characters escaped. */
export function quoted(key: string): string {
  return JSON.stringify(key)
}
