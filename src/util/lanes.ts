// Several loops at once that stop together: the first failure is the one to tell, and it ends the others.

import { createController } from './cancel.ts'
import { abortedFault } from './fault.ts'

/** One of several loops: to end soon once `signal` is aborted, by throwing or by returning. */
export type Lane = (signal: AbortSignal) => Promise<void>

/**
 * Runs all lanes under one signal, aborted with what aborts `signal` or after the first failure. Settles when every lane
 * has: rejects with the first failure, whatever the others threw for it. Nothing listens to `signal` afterwards.
 */
export async function runLanes(lanes: Iterable<Lane>, signal?: AbortSignal): Promise<void> {
  // Not AbortSignal.any: its signal would warn of a leak under Node 20 once more than ten requests of the lanes listen to it.
  const controller = createController()
  const onAbort = (): void => { controller.abort(signal!.reason) }
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  let failure: { readonly error: unknown } | undefined
  const run = async (lane: Lane): Promise<void> => {
    try {
      await lane(controller.signal)
    } catch (error) {
      failure ??= { error }
      // The others are stopped: if they were told this very failure, what they were doing would count as failed by it.
      controller.abort(abortedFault())
    }
  }
  await Promise.all(Array.from(lanes, run))
  signal?.removeEventListener('abort', onAbort)
  if (failure) throw failure.error
}
