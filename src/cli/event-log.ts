// events.jsonl: every event of a run, one JSON object a line, in the order they happened.

import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { eventLine } from '../metrics/event-log.ts'
import type { RunEvent } from '../metrics/events.ts'
import { formatBytes, MiB } from '../util/units.ts'
import { fileFault } from './results-folder.ts'

export interface EventLog {
  /** Cheap: the line goes to memory, and to the file with others. */
  write(event: RunEvent): void
  close(): Promise<void>
}

/** What may wait for the disk. Bytes. */
const mostWaiting = 256 * MiB

/** Lines are handed to the stream in pieces of this size, so that a step costs no system call. Characters. */
const pieceLength = 1 << 16

/** A disk that is slower than the run for long has the log end there, and `close` says so: it must not take all memory, nor hold up what is measured. */
export async function openEventLog(file: string, { waiting = mostWaiting }: { waiting?: number } = {}): Promise<EventLog> {
  const stream = createWriteStream(file)
  let failure: unknown
  stream.on('error', (error) => { failure ??= error })
  await once(stream, 'open').catch((error: unknown) => { throw fileFault(file, error) })
  let piece = ''
  const flush = (): void => {
    if (stream.writableLength > waiting) failure ??= new Error(`the disk is slower than the run, and ${formatBytes(stream.writableLength)} of events are waiting for it`)
    if (piece !== '' && failure === undefined) stream.write(piece)
    piece = ''
  }
  return {
    write(event) {
      if (failure !== undefined) return
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
