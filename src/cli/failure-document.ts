// What --json prints for a command that could not even begin: still one document, so that a parser behind it has something to read.

import { resultSchema } from '../report/json.ts'
import { isFault, toFailure } from '../util/fault.ts'
import { maskWords } from '../workload/mask.ts'

export function failureDocument(argv: readonly string[], error: unknown): string {
  const { code, message, hint } = toFailure(error)
  const isUsage = error instanceof Error && error.name === 'CommanderError'
  return `${JSON.stringify({
    schema: resultSchema, status: 'failed', command: ['dlio-s3', ...maskWords(argv)].join(' '), summary: {},
    failure: { code: isUsage ? 'usage' : code, message, ...(isFault(error) ? { hint } : {}) },
  }, undefined, 2)}\n`
}
