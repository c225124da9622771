// Whether the data of a host would fit its memory: DLIO's "potential caching".
// Source: statscounter.py, __init__. Python's operators go left to right, with an integer division in the middle.

import { GiB } from '../../util/units.ts'
import type { DlioFacts, HostFacts } from './facts.ts'

/** GiB that each host reads. */
export function dataSizePerHost(facts: DlioFacts, accelerators: number): number {
  const ranksOnHost = Math.ceil(accelerators / facts.hosts.length)
  const samples = ranksOnHost * (facts.numSamplesPerFile * facts.numFilesTrain)
  return Math.floor(samples / accelerators) * facts.recordLengthBytes / GiB
}

export function memoryGiB(host: HostFacts): number {
  return host.memoryBytes / GiB
}

/** 1 when the host's memory is larger than its data. */
export function potentialCaching(host: HostFacts, facts: DlioFacts, accelerators: number): 0 | 1 {
  return memoryGiB(host) <= dataSizePerHost(facts, accelerators) ? 0 : 1
}

/** The host that a rank runs on. */
export function hostOf(facts: DlioFacts, accelerators: number, rank: number): HostFacts {
  const ranksOnHost = Math.ceil(accelerators / facts.hosts.length)
  return facts.hosts[Math.min(facts.hosts.length - 1, Math.floor(rank / ranksOnHost))]!
}
