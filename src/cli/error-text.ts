// How an error reads on stderr: what, why, what to do. A bug shows its stack and where to report it.

import { isFault } from '../util/fault.ts'

export function errorText(error: unknown): string {
  if (!isFault(error)) {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error)
    return `error: this is a bug in dlio-s3, please report it with the command you ran\n${stack}\n`
  }
  const hint = error.hint === undefined ? '' : error.hint.split('\n').map((line, index) => `${index === 0 ? '  to do: ' : '         '}${line}\n`).join('')
  return `error: ${error.message}\n${hint}`
}
