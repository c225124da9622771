// A data set verified on threads, which take its files from one shared counter.

import type { Verification } from '../dataset/verifier.ts'
import type { VerifiedFile } from '../dataset/verify-files.ts'
import type { FormatSource } from '../format/index.ts'
import type { StoreSpec } from '../storage/index.ts'
import type { RequestCounts } from '../storage/request-counts.ts'
import { connectFlag, createCancelFlag, type CancelFlag } from '../util/cancel.ts'
import { throwIfAborted } from '../util/fault.ts'
import { runThreads } from './threads.ts'

export interface VerifySetup {
  readonly store: StoreSpec
  readonly format: FormatSource
  readonly verification: Verification
  /** Of StoredSizes. Shared. */
  readonly sizes: Float64Array<SharedArrayBuffer>
  /** The next turn in its one word. Shared. */
  readonly turns: Int32Array<SharedArrayBuffer>
  readonly cancelled: CancelFlag
  /** In this thread. */
  readonly objectsInFlight: number
}

/** A file that was verified, or, last, what was asked of the thread's store. */
export type VerifyMessage = { readonly file: VerifiedFile } | { readonly counts: RequestCounts }

export interface VerifyRequest extends Pick<VerifySetup, 'store' | 'format' | 'verification' | 'sizes'> {
  readonly threads: number
  /** Over all threads; at least one in each. */
  readonly objectsInFlight: number
  readonly signal: AbortSignal
  readonly onFile: (file: VerifiedFile) => void
  readonly onCounts: (counts: RequestCounts) => void
}

/** Rejects with the first failure of the store, or what aborted the signal, after everything has been told. */
export async function verifyOnThreads({ threads, objectsInFlight, signal, onFile, onCounts, ...work }: VerifyRequest): Promise<void> {
  throwIfAborted(signal)
  const cancelled = createCancelFlag()
  const connection = connectFlag(signal, cancelled)
  const setup: VerifySetup = { ...work, cancelled, turns: new Int32Array(new SharedArrayBuffer(4)), objectsInFlight: Math.max(1, Math.floor(objectsInFlight / threads)) }
  try {
    await runThreads<VerifySetup, VerifyMessage>({
      main: 'verify-main', signal, setups: Array.from({ length: threads }, () => setup),
      onMessage: (message) => {
        if ('file' in message) onFile(message.file)
        else onCounts(message.counts)
      },
    })
  } finally {
    connection.stop()
  }
}
