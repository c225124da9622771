// Ctrl-C and TERM: the first asks the run to stop and report what there is, the second leaves at once.

import { abortedFault } from '../util/fault.ts'
import { exitCodes } from './exit-codes.ts'

const codes = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated } as const

export interface SignalWatch {
  readonly signal: AbortSignal
  stop(): void
}

export function watchSignals(tell: (line: string) => void): SignalWatch {
  const controller = new AbortController()
  const on = (name: keyof typeof codes): void => {
    if (controller.signal.aborted) process.exit(codes[name])
    tell(`${name}: stopping; a second one leaves at once`)
    controller.abort(abortedFault(name))
  }
  process.on('SIGINT', on)
  process.on('SIGTERM', on)
  return {
    signal: controller.signal,
    stop: () => {
      process.off('SIGINT', on)
      process.off('SIGTERM', on)
    },
  }
}
