// How the client itself fares: CPU, memory, and how late the event loop of the thread that measures is.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Health } from '../metrics/events.ts'
import type { Clock } from '../util/clock.ts'
import { toSeconds } from '../util/units.ts'

export interface HealthMonitor {
  sample(): Promise<Health>
  readonly peakRssBytes: number
  stop(): void
}

/** Milliseconds between two looks at the loop: half of the shortest delay that the verdict is about. */
const loopResolutionMilliseconds = 5

/** `otherCpuSeconds`: CPU of threads in this process that are not the client, i.e. the built-in server's. */
export function monitorHealth(clock: Clock, askOtherCpuSeconds: () => Promise<number | undefined>): HealthMonitor {
  // A server thread that has died cannot tell any more: its figure is then not known, which is no reason to fail.
  const otherCpuSeconds = (): Promise<number | undefined> => askOtherCpuSeconds().catch(() => undefined)
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMilliseconds })
  loop.enable()
  const cpuAtBegin = process.cpuUsage()
  const otherAtBegin = otherCpuSeconds()
  let peakRssBytes = process.memoryUsage.rss()
  return {
    get peakRssBytes() { return peakRssBytes },
    async sample() {
      const { user, system } = process.cpuUsage(cpuAtBegin)
      const [other, before] = await Promise.all([otherCpuSeconds(), otherAtBegin])
      const rssBytes = process.memoryUsage.rss()
      peakRssBytes = Math.max(peakRssBytes, rssBytes)
      // The histogram counts whole intervals: what is above the interval itself is delay.
      const loopDelayP99Seconds = Math.max(0, toSeconds(loop.percentile(99)) - loopResolutionMilliseconds / 1e3)
      loop.reset()
      return {
        type: 'health', at: clock.now(), rssBytes, loopDelayP99Seconds,
        ...(other === undefined || before === undefined ? {} : { clientCpuSeconds: Math.max(0, (user + system) / 1e6 - (other - before)) }),
      }
    },
    stop: () => { loop.disable() },
  }
}
