// Communicator of a job that is one process.

import { throwIfAborted } from '../util/fault.ts'
import type { Communicator } from './communicator.ts'

export const solo: Communicator = {
  rank: 0,
  size: 1,
  async barrier(signal) { throwIfAborted(signal) },
}
