// The flags of `npm run fuzz`.

import { parseArgs } from 'node:util'

import { formatNames, isFormatName, type FormatName } from '../../src/format/index.ts'

export interface FuzzOptions {
  readonly formats: readonly FormatName[]
  readonly seed: number
  /** Of each format, at most. */
  readonly inputs: number
  /** For each format, at most. */
  readonly seconds: number
}

export const usage: string = `usage: npm run fuzz -- [--seconds N] [--inputs N] [--format NAME…] [--seed S]

  --seconds N    seconds for each format (default: 10; with --inputs: as long as they take)
  --inputs N     inputs for each format (default: as many as there is time for)
  --format NAME  only this format; repeatable: ${formatNames.join(', ')}
  --seed S       of the first input; each one that follows has the next (default: 0)
`

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) throw new RangeError(`--${flag} ${text} is no whole number from ${least} on`)
  return value
}

/** @throws {TypeError} from a flag that is not known, {RangeError} from a value without meaning */
export function parseOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string' }, inputs: { type: 'string' }, format: { type: 'string', multiple: true, default: [] }, seed: { type: 'string', default: '0' } },
  })
  const formats = values.format.map((name) => {
    if (!isFormatName(name)) throw new RangeError(`--format ${name} is none of ${formatNames.join(', ')}`)
    return name
  })
  const inputs = values.inputs === undefined ? undefined : wholeNumber('inputs', values.inputs, 1)
  const seconds = values.seconds === undefined ? undefined : wholeNumber('seconds', values.seconds, 1)
  return {
    formats: formats.length === 0 ? formatNames : formats,
    seed: wholeNumber('seed', values.seed, 0),
    inputs: inputs ?? 1e12,
    seconds: seconds ?? (inputs === undefined ? 10 : 1e9),
  }
}
