// What a lane does for each request: a read into its own memory, or a write of its own content.

import type { ObjectStore } from '../storage/store.ts'
import { systemClock } from '../util/clock.ts'
import { isFault } from '../util/fault.ts'
import { StringTable } from '../util/string-table.ts'
import { LaneContent } from './content.ts'
import type { Load } from './load.ts'
import { rangeOffset } from './ranges.ts'
import type { Timed } from './tally.ts'

/** Makes request `ticket`. Rejects with the store's Fault. */
export type Request = (ticket: number) => Promise<Timed>

/** The requests of one lane. Its memory lives as long as they do: as much as the largest object or range. */
export function laneRequests(store: ObjectStore, load: Load, lane: number, signal: AbortSignal): Request {
  return load.operation === 'get' ? reads(store, load, signal) : writes(store, load, lane, signal)
}

function reads(store: ObjectStore, load: Load, signal: AbortSignal): Request {
  const { objects: { sizes }, rangeBytes = Infinity, seed } = load
  const keys = new StringTable(load.objects.keys)
  const memory = Buffer.allocUnsafeSlow(Math.min(rangeBytes, largest(sizes)))
  return async (ticket) => {
    const index = ticket % keys.length
    const size = sizes[index]!
    const length = Math.min(size, rangeBytes)
    const offset = length < size ? rangeOffset(seed, ticket, { size, range: length }) : 0
    const into = length === memory.length ? memory : memory.subarray(0, length)
    const { begin, firstByte, end } = await store.read(keys.get(index), { offset, length }, into, { signal })
    return { begin, firstByte, end, bytes: length }
  }
}

function writes(store: ObjectStore, { objects, seed, begun }: Load, lane: number, signal: AbortSignal): Request {
  const { sizes } = objects
  const keys = new StringTable(objects.keys)
  const content = new LaneContent(seed, lane, largest(sizes))
  return async (ticket) => {
    const index = ticket % keys.length
    const body = content.next(sizes[index]!)
    const mark = begun && beginWrite(begun, index)
    const begin = systemClock.now()
    try {
      await store.write(keys.get(index), body, { signal })
    } catch (error) {
      mark?.(error)
      throw error
    }
    mark?.()
    return { begin, end: systemClock.now(), bytes: body.length }
  }
}

/** Of a key, in `Load.begun`. Only keys that are not `untouched` are removed. */
const untouched = 0, maybeThere = 1, there = 2

/** Marks a key before the request, for what fails half-way may be there; then tells what became of it. Several may write one key at once. */
function beginWrite(begun: Uint8Array<SharedArrayBuffer>, index: number): (error?: unknown) => void {
  Atomics.compareExchange(begun, index, untouched, maybeThere)
  return (error) => {
    if (error === undefined) Atomics.store(begun, index, there)
    else if (isRefusal(error)) Atomics.compareExchange(begun, index, maybeThere, untouched)
    else Atomics.compareExchange(begun, index, untouched, maybeThere)
  }
}

/** The store has said that it will not take the object. */
function isRefusal(error: unknown): boolean {
  return isFault(error, 'credentials') || (isFault(error, 'storage') && ['denied', 'no-bucket', 'redirect'].includes(error.info.reason))
}

function largest(sizes: Float64Array): number {
  let most = 0
  for (const size of sizes) most = Math.max(most, size)
  return most
}
