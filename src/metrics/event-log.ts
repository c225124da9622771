// The event log as text: JSON, one event a line. What a killed run left unfinished at the end is not an error.

import { Fault } from '../util/fault.ts'
import type { RunEvent } from './events.ts'

/** One line, with its newline. */
export function eventLine(event: RunEvent): string {
  return `${JSON.stringify(event)}\n`
}

/** Events of a log's text. A last line that is cut off is left out. @throws {Fault} 'usage' with the line, when another line is not JSON. */
export function parseEventLog(text: string, file?: string): readonly RunEvent[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as RunEvent]
    } catch (error) {
      if (index === lines.length - 1) return []
      throw new Fault('usage', `line ${index + 1} of the event log is not JSON`, { info: { line: index + 1, ...(file === undefined ? {} : { file }) }, hint: 'give an event log that a run wrote', cause: error })
    }
  })
}
