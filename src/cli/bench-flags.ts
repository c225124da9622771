// The flags of `bench get` and `bench put` as commander gives them. Sizes in bytes.

import { Fault } from '../util/fault.ts'
import type { S3Flags } from './run-flags.ts'

/** `part` and `partsInFlight` of `get` are about what is read. */
export interface BenchFlags extends S3Flags {
  readonly embedded?: boolean
  readonly createBucket?: boolean
  readonly keep?: boolean
  readonly size?: number
  readonly objects?: number
  readonly concurrency: number
  readonly threads?: number
  readonly duration: number
  readonly count?: number
  readonly seed?: number
  readonly json?: boolean
  readonly quiet?: boolean
  /** `get` only. */
  readonly existing?: boolean
  readonly range?: number
}

/** Ranges of one object that a lane of `get` reads at the same time where nobody says how many. */
export const defaultPartsInFlight = 8

export const defaultObjects = 64
export const defaultSize: number = 8 * 1024 * 1024

/** Requests are numbered with 32 bits, and each lane asks for one number more. */
const mostRequests = 4e9
/** Their names are in memory. */
const mostObjects = 1e7

/** @throws {Fault} 'usage' for flags that have no meaning beside each other. */
export function checkBenchFlags(flags: BenchFlags): void {
  const size = flags.size ?? defaultSize
  for (const [name, value, most] of [['--count', flags.count, mostRequests], ['--objects', flags.objects, mostObjects], ['--seed', flags.seed, Number.MAX_SAFE_INTEGER]] as const) {
    if (value !== undefined && value > most) throw new Fault('usage', `${name} ${value} is more than ${most}`, { info: {}, hint: `give ${most} at most` })
  }
  if (flags.existing) {
    const without = [['--size', flags.size], ['--keep', flags.keep], ['--create-bucket', flags.createBucket], ['--embedded', flags.embedded]].find(([, value]) => value !== undefined)
    if (without) throw new Fault('usage', `--existing reads what is there, so ${String(without[0])} has no meaning beside it`, { info: {}, hint: 'leave one of the two out' })
  } else if (flags.range !== undefined && flags.range > size) {
    throw new Fault('usage', `ranges of ${flags.range} bytes do not fit into objects of ${size} bytes`, { info: {}, hint: 'raise --size or lower --range' })
  }
}
