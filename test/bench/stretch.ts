// A measured stretch: lanes that begin their next request when the last one has ended, warm before anything counts.

import type { Counts } from './case.ts'

/** Makes one request. Gives the bytes of its body. */
export type Lane = () => Promise<number>

/** Enough for the slowest of the clients to be compiled: the SDK took 0.4 s to reach its rate (Node 20). */
const leastWarmUpSeconds = 0.5

export async function measureLanes(lanes: readonly Lane[], seconds: number): Promise<Counts> {
  await turn(lanes, performance.now() + 1000 * Math.max(leastWarmUpSeconds, seconds / 4))
  const cpu = process.cpuUsage(), begin = performance.now()
  const { requests, bytes } = await turn(lanes, begin + seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  return { requests, bytes, wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 }
}

async function turn(lanes: readonly Lane[], end: number): Promise<Pick<Counts, 'requests' | 'bytes'>> {
  let requests = 0, bytes = 0
  await Promise.all(lanes.map(async (lane) => {
    while (performance.now() < end) {
      // Not `bytes += await …`: that adds to what it was before the wait.
      const got = await lane()
      bytes += got
      requests++
    }
  }))
  return { requests, bytes }
}
