// The files of a plan that are missing, written several at a time: here, or wherever a FileWriter does it.

import { throwIfAborted } from '../util/fault.ts'
import { runLanes, type Lane } from '../util/lanes.ts'
import type { GenerationPlan, Shard } from './plan.ts'
import { fileStates } from './survey.ts'
import { Uploader, type UploaderOptions } from './upload.ts'

export interface WriteRequest {
  readonly plan: GenerationPlan
  /** One of fileStates per combined file index, shape [plan.numFiles]: what is `present` stays as it is. */
  readonly states: Uint8Array
  readonly shard: Shard
  readonly signal: AbortSignal | undefined
  /** Told of what has been written since it was last told: right after each file, or every now and then. */
  readonly onWritten: (written: Written) => void
}

/** Objects that are there, whole, and their bytes. */
export interface Written { readonly objects: number; readonly bytes: number }

/**
 * PORT: writes what is missing. Rejects with the first failure once nothing is under way any more, or with what aborted the
 * signal; everything that was written has been told by then.
 */
export type FileWriter = (request: WriteRequest) => Promise<void>

/** Gives the next combined index, or undefined when there is none left. */
export type NextFile = () => number | undefined

/** The missing files of a shard. `takeTurn` gives 0, 1, 2, …, each to one caller only: that is how threads share a shard. */
export function missingFiles({ states, shard: { rank, worldSize } }: Pick<WriteRequest, 'states' | 'shard'>, takeTurn: () => number): NextFile {
  return () => {
    for (let index = rank + worldSize * takeTurn(); index < states.length; index = rank + worldSize * takeTurn()) {
      if (states[index] !== fileStates.present) return index
    }
    return undefined
  }
}

export function takeTurns(): () => number {
  let turn = 0
  return () => turn++
}

export interface Lanes {
  readonly plan: GenerationPlan
  readonly uploader: Uploader
  readonly next: NextFile
  /** Objects in flight at once; at least one. */
  readonly uploads: number
  readonly signal: AbortSignal | undefined
  readonly onWritten: (written: Written) => void
}

/** Each lane takes the next file when it is done with one. */
export async function writeFiles({ plan, uploader, next, uploads, signal, onWritten }: Lanes): Promise<void> {
  const lane: Lane = async (either) => {
    for (let index = next(); index !== undefined; index = next()) {
      throwIfAborted(either)
      const bytes = await uploader.put(plan.file(index), either)
      onWritten({ objects: 1, bytes })
    }
  }
  await runLanes(Array.from({ length: Math.max(1, uploads) }, () => lane), signal)
}

/** Writes in the calling thread. */
export function inlineWriter(options: Omit<UploaderOptions, 'settings'> & { readonly uploads: number }): FileWriter {
  return async ({ plan, states, shard, signal, onWritten }) => {
    const uploader = new Uploader({ ...options, settings: plan.settings })
    await writeFiles({ plan, uploader, uploads: options.uploads, signal, onWritten, next: missingFiles({ states, shard }, takeTurns()) })
  }
}
