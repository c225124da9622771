// Progress on stderr: one line that is rewritten on a terminal, a line every five seconds in a log, nothing when quiet.

import type { Clock } from '../util/clock.ts'
import { fromSeconds, type Nanoseconds } from '../util/units.ts'

export interface Progress {
  /** Says where things stand; shown when it is time. `text` is built only then. */
  update(text: () => string): void
  /** A line that stays, above the moving one. */
  line(text: string): void
  /** Takes the moving line away. */
  clear(): void
}

const terminalInterval: Nanoseconds = fromSeconds(0.25)
const logInterval: Nanoseconds = fromSeconds(5)

export function createProgress(stream: NodeJS.WriteStream, clock: Clock, { quiet }: { quiet: boolean }): Progress {
  const isTerminal = stream.isTTY && process.env['TERM'] !== 'dumb'
  const interval = isTerminal ? terminalInterval : logInterval
  let shownAt = isTerminal ? -Infinity : clock.now()
  let isMoving = false
  const clear = (): void => {
    if (isMoving) stream.write('\r\u001B[K')
    isMoving = false
  }
  return {
    update(text) {
      if (quiet || clock.now() - shownAt < interval) return
      shownAt = clock.now()
      const line = text()
      if (!isTerminal) stream.write(`${line}\n`)
      else {
        stream.write(`\r\u001B[K${line.slice(0, Math.max(20, stream.columns - 1))}`)
        isMoving = true
      }
    },
    line(text) {
      clear()
      stream.write(`${text}\n`)
    },
    clear,
  }
}
