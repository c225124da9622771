// Bytes per second twice: as DLIO counts them (samples × configured size) and as they were received.

import type { PhaseSummary } from './summary.ts'

export interface IoRate {
  /** samples/s of the metric window × configured bytes of a sample. */
  readonly nominalBytesPerSecond: number | undefined
  /** Bytes received for the phase over the time of the phase, its beginning included. */
  readonly measuredBytesPerSecond: number | undefined
}

export function ioRate(phase: PhaseSummary, recordBytes: number | undefined): IoRate {
  const { samplesPerSecond } = phase.window
  return {
    nominalBytesPerSecond: samplesPerSecond === undefined || recordBytes === undefined ? undefined : samplesPerSecond * recordBytes,
    measuredBytesPerSecond: phase.seconds > 0 ? phase.bytes / phase.seconds : undefined,
  }
}
