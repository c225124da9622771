// What the shell is told. The table is part of the contract: docs/cli.md and a test pin it.

import { isFault } from '../util/fault.ts'

export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  credentials: 3,
  target: 4,
  errors: 5,
  goal: 6,
  regression: 7,
  notJudged: 8,
  deadline: 9,
  lost: 10,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The code for a run or command that ended with `error`. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isFault(error, 'usage', 'dataset')) return exitCodes.usage
  if (isFault(error, 'credentials')) return exitCodes.credentials
  if (isFault(error, 'format')) return exitCodes.errors
  if (isFault(error, 'aborted')) {
    if (error.info.signal === 'deadline') return exitCodes.deadline
    return error.info.signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
  }
  if (isFault(error, 'storage')) {
    switch (error.info.reason) {
      case 'unreachable': case 'tls': case 'timeout': case 'overdue': case 'clock': case 'protocol':
      case 'no-bucket': case 'denied': case 'redirect': return exitCodes.target
      case 'no-key': case 'precondition': case 'truncated': case 'corrupt': case 'throttled': case 'server': case 'invalid': return exitCodes.errors
    }
  }
  return exitCodes.bug
}
