// A time as DLIO's log shows it: Python's text of the map that DLIO makes of the number.

import type { TimeDistribution } from '../workload/distribution.ts'

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function entries(map: Record<string, number>): string {
  return Object.entries(map).map(([key, value]) => `'${key}': ${pythonFloat(value)}`).join(', ')
}

export function pythonTime(time: TimeDistribution): string {
  switch (time.type) {
    case 'none': return '{}'
    case 'constant': return `{${entries({ mean: time.mean })}}`
    case 'normal': return `{${entries({ mean: time.mean, stdev: time.stdev })}}`
    case 'uniform': return `{'type': 'uniform', ${entries({ min: time.min, max: time.max })}}`
    case 'gamma': return `{'type': 'gamma', ${entries({ shape: time.shape, scale: time.scale })}}`
    case 'exponential': return `{'type': 'exponential', ${entries({ scale: time.scale })}}`
    case 'poisson': return `{'type': 'poisson', ${entries({ lam: time.lam })}}`
  }
}
