// What a lane does for each request: a read into its own memory, or a write of its own content.

import { readInParts } from '../storage/read-parts.ts'
import type { ObjectStore } from '../storage/store.ts'
import { leavesUpload } from '../storage/upload-end.ts'
import { uploadPlanOf } from '../storage/upload-plan.ts'
import { systemClock } from '../util/clock.ts'
import { StringTable } from '../util/string-table.ts'
import { LaneContent } from './content.ts'
import { contentMemory, largest, readMemory } from './lane-memory.ts'
import type { Load } from './load.ts'
import { beginWrite, isRefusal } from './marks.ts'
import { rangeOffset } from './ranges.ts'
import type { Timed } from './tally.ts'
import { noteDoubt, noteVersion } from './version-log.ts'

/** Makes request `ticket`. Rejects with the store's Fault. */
export type Request = (ticket: number) => Promise<Timed>

/** The requests of one lane. Its memory lives as long as they do: as much as the largest object or range, or as pieces of it. */
export function laneRequests(store: ObjectStore, load: Load, lane: number, signal: AbortSignal): Request {
  return load.operation === 'get' ? reads(store, load, signal) : writes(store, load, lane, signal)
}

function reads(store: ObjectStore, load: Load, signal: AbortSignal): Request {
  const { objects: { sizes }, rangeBytes = Infinity, seed, parts } = load
  const keys = new StringTable(load.objects.keys)
  const etags = load.objects.etags && new StringTable(load.objects.etags)
  const memory = Buffer.allocUnsafeSlow(readMemory(Math.min(rangeBytes, largest(sizes)), parts))
  return async (ticket) => {
    const index = ticket % keys.length
    const size = sizes[index]!
    const length = Math.min(size, rangeBytes)
    const offset = length < size ? rangeOffset(seed, ticket, { size, range: length }) : 0
    const into = length >= memory.length ? memory : memory.subarray(0, length)
    const options = { signal, ifMatch: etags?.get(index) || undefined, whole: length === size }
    if (!parts) {
      const { begin, firstByte, end } = await store.read(keys.get(index), { offset, length }, into, options)
      return { begin, firstByte, end, bytes: length }
    }
    const requests: Timed[] = []
    const { begin, firstByte, end } = await readInParts(store, {
      key: keys.get(index), offset, length, into, parts, onRequest: (timings, bytes) => { requests.push({ ...timings, bytes }) },
    }, options)
    return { begin, firstByte, end, bytes: length, requests }
  }
}

function writes(store: ObjectStore, { spec, objects, seed, marks, leftUploads, versions }: Load, lane: number, signal: AbortSignal): Request {
  const { sizes } = objects
  const keys = new StringTable(objects.keys)
  const content = new LaneContent(seed, lane, contentMemory(largest(sizes), uploadPlanOf(spec)))
  return async (ticket) => {
    const index = ticket % keys.length
    const size = sizes[index]!
    const body = content.next(size)
    const end = marks && beginWrite(marks, index)
    const begin = systemClock.now()
    let version: string | undefined
    try {
      version = (await store.write(keys.get(index), body, { signal, size })).version
    } catch (error) {
      end?.(error)
      if (leftUploads && leavesUpload(error)) Atomics.add(leftUploads, 0, 1)
      if (versions && !isRefusal(error)) noteDoubt(versions)
      throw error
    }
    end?.()
    if (version !== undefined && versions) noteVersion(versions, { index, version })
    return { begin, end: systemClock.now(), bytes: size }
  }
}
