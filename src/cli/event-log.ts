// events.jsonl: every event of a run, one JSON object a line, in the order they happened.

import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { RunEvent } from '../metrics/events.ts'

export interface EventLog {
  /** Cheap: the line goes to memory, and to the file with others. */
  write(event: RunEvent): void
  close(): Promise<void>
}

/** Lines are handed to the stream in pieces of this size, so that a step costs no system call. Characters. */
const pieceLength = 1 << 16

export async function openEventLog(file: string): Promise<EventLog> {
  const stream = createWriteStream(file)
  await once(stream, 'open')
  let failure: unknown
  stream.on('error', (error) => { failure ??= error })
  let piece = ''
  const flush = (): void => {
    if (piece !== '') stream.write(piece)
    piece = ''
  }
  return {
    write(event) {
      piece += `${JSON.stringify(event)}\n`
      if (piece.length >= pieceLength) flush()
    },
    async close() {
      flush()
      await new Promise<void>((resolve) => { stream.end(resolve) })
      if (failure) throw failure
    },
  }
}
