// The command line as it was given, for reports: quoted so that it can be pasted, without secrets.

import { maskWords } from '../workload/mask.ts'

export function commandText(): string {
  return ['dlio-s3', ...maskWords(process.argv.slice(2))].map(quoted).join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
