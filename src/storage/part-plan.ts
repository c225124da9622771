// In how many requests a large object is read. Pure: the same facts give the same answer, which is printed with the results.
// Source: AWS, "Performance design patterns for Amazon S3" (ranges of 8 to 16 MiB, about 90 MB/s a connection).

import { MiB } from '../util/units.ts'

/** Requests under way at once over everything: beyond it more of them only share the network. */
export const mostRequests = 64
/** One thread takes in about what sixteen connections of a real store bring. */
export const mostRequestsPerThread = 16
/** Bytes. Of ranges that nobody has set. */
const largestRange = 16 * MiB

export interface Parts {
  /** Bytes of each range but the last. What is not larger is read by one request. */
  readonly partSize: number
  /** Ranges of one object that are read at the same time. */
  readonly partsInFlight: number
}

export interface PartFacts {
  /** Bytes of the largest object. */
  readonly largest: number
  /** Bytes. No range but an object's last is smaller. */
  readonly partSize: number
  /** Somebody has asked for exactly this size. */
  readonly isPartSizeFixed: boolean
  /** How many ranges of one object somebody has asked for; 1: whole objects. Absent: as many as make sense. */
  readonly partsInFlight?: number | undefined
  /** Objects that are read at the same time anyway. */
  readonly objectsInFlight: number
  readonly threads: number
}

/**
 * Undefined: every object by one request, because it is small, or because so many are read at once that splitting only adds
 * requests. Ranges that nobody has set are whole MiB, grown up to 16 MiB so that an object takes even rounds of them.
 */
export function planParts(facts: PartFacts): Parts | undefined {
  const { largest, partSize } = facts
  const objects = Math.max(1, facts.objectsInFlight)
  const allowed = Math.min(mostRequests, mostRequestsPerThread * Math.min(facts.threads, objects))
  const inFlight = facts.partsInFlight ?? Math.floor(allowed / objects)
  if (inFlight <= 1 || largest <= partSize) return undefined
  const size = facts.isPartSizeFixed || largest <= partSize * inFlight ? partSize : evenSize(largest, partSize, inFlight)
  return { partSize: size, partsInFlight: Math.min(inFlight, Math.ceil(largest / size)) }
}

function evenSize(largest: number, smallest: number, inFlight: number): number {
  const rounds = Math.ceil(largest / (inFlight * Math.max(smallest, largestRange)))
  return Math.max(smallest, Math.ceil(largest / (rounds * inFlight) / MiB) * MiB)
}
