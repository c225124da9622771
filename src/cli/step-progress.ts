// The progress line of training, from the events as they happen.

import type { RunEvent } from '../metrics/events.ts'
import type { Clock } from '../util/clock.ts'
import { formatBytes, toSeconds } from '../util/units.ts'
import type { Voice } from './session.ts'

export function stepProgress(voice: Voice, clock: Clock): (event: RunEvent) => void {
  let epoch = { number: 0, stepsExpected: 0, at: clock.now() }
  let step = 0
  let bytes = 0
  let compute = 0
  let span = 0
  let retries = 0
  return (event) => {
    switch (event.type) {
      case 'epoch-begin':
        epoch = { number: event.epoch, stepsExpected: event.stepsExpected, at: event.at }
        step = bytes = compute = span = 0
        break
      case 'batch':
        bytes += event.bytes
        retries += event.retries
        break
      case 'step':
        if (event.phase === 'train') step = Math.max(step, event.step)
        compute += event.computeEndAt - event.computeBeginAt
        span += event.barrierEndAt - event.loadBeginAt
        voice.progress(() => {
          const seconds = Math.max(1e-9, toSeconds(clock.now() - epoch.at))
          return `phase=${event.phase} epoch=${epoch.number} step=${event.phase === 'train' ? step : event.step}/${epoch.stepsExpected} au=${(compute / Math.max(1, span)).toFixed(3)} tput=${formatBytes(bytes / seconds)}/s retry=${retries} elapsed=${seconds.toFixed(1)}s`
        })
        break
      case 'run-begin': case 'generate-end': case 'dataset': case 'epoch-end': case 'train-end': case 'block-begin':
      case 'block-end': case 'health': case 'warning': case 'run-end': break
    }
  }
}
