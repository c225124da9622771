// BatchRunner in the calling thread: no threads, so a whole run is exact under a clock that moves when told.

import type { BatchReply, BatchRunner, BatchTask } from './protocol.ts'

export function inlineRunner(runBatch: (task: BatchTask) => Promise<BatchReply>, close: () => Promise<void> = async () => {}): BatchRunner {
  return { threads: 0, run: runBatch, close }
}
