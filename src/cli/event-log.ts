// events.jsonl: every event of a run, one JSON object a line, in the order they happened.

import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { eventLine } from '../metrics/event-log.ts'
import type { RunEvent } from '../metrics/events.ts'
import { fileFault } from './results-folder.ts'

export interface EventLog {
  /** Cheap: the line goes to memory, and to the file with others. */
  write(event: RunEvent): void
  close(): Promise<void>
}

/** Lines are handed to the stream in pieces of this size, so that a step costs no system call. Characters. */
const pieceLength = 1 << 16

export async function openEventLog(file: string): Promise<EventLog> {
  const stream = createWriteStream(file)
  let failure: unknown
  stream.on('error', (error) => { failure ??= error })
  await once(stream, 'open').catch((error: unknown) => { throw fileFault(file, error) })
  let piece = ''
  const flush = (): void => {
    if (piece !== '') stream.write(piece)
    piece = ''
  }
  return {
    write(event) {
      piece += eventLine(event)
      // What a killed run leaves behind is at most a second old.
      if (piece.length >= pieceLength || event.type === 'epoch-end' || event.type === 'health') flush()
    },
    async close() {
      flush()
      stream.end()
      await finished(stream).catch((error: unknown) => { failure ??= error })
      if (failure !== undefined) throw fileFault(file, failure)
    },
  }
}
