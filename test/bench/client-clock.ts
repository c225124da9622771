// How long a sleep of the clock lasts, and what it costs.

import { systemClock } from '../../src/util/clock.ts'
import type { Sample } from './case.ts'

export interface ClockTask {
  readonly milliseconds: number
  readonly seconds: number
}

const fewestSleeps = 20

/** The mean error is of the mean: what a run's compute time is off by. Sleeps never end early, so nothing cancels out. */
export async function runClock({ milliseconds, seconds }: ClockTask): Promise<Sample> {
  await systemClock.prepare?.()
  const asked = milliseconds * 1e6
  for (let i = 0; i < 10; i++) await systemClock.sleep(asked)
  const sleeps = Math.max(fewestSleeps, Math.ceil(seconds * 1000 / milliseconds))
  const cpu = process.cpuUsage(), begin = performance.now()
  let off = 0, early = 0
  for (let i = 0; i < sleeps; i++) {
    const from = systemClock.now()
    await systemClock.sleep(asked)
    const error = systemClock.now() - from - asked
    off += Math.abs(error)
    if (error < 0) early++
  }
  const wallSeconds = (performance.now() - begin) / 1000, { user, system } = process.cpuUsage(cpu)
  const cpuSeconds = (user + system) / 1e6
  return { sleeps, early, wallSeconds, cpuSeconds, errorPercent: off / sleeps / asked * 100, cpuPercent: cpuSeconds / wallSeconds * 100 }
}
