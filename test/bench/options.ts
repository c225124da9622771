// The flags of `npm run bench`.

import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { ToolName } from './case.ts'
import { toolNames } from './tools.ts'

export interface BenchOptions {
  readonly rounds: number
  /** Length of one sample; warm-up comes on top. */
  readonly seconds: number
  /** Only rows whose name has this in it; with `profile`, titles. */
  readonly only: string
  /** Where all raw samples go. */
  readonly json?: string
  /** Tools that are treated as if they were not installed. */
  readonly without: readonly ToolName[]
  /** Profiles instead of measuring. */
  readonly profile: boolean
  /** With `profile`: these instead of new ones. */
  readonly files: readonly string[]
  /** Only say which flags there are. */
  readonly help?: true
}

export const usage = `usage: npm run bench -- [--rounds N] [--seconds S] [--only TEXT] [--json FILE] [--without TOOL] [--profile [FILE.cpuprofile…]] [--help]

  --rounds N     rounds; in each one every contender is measured once (default: 5)
  --seconds S    length of one sample in seconds (default: 2)
  --only TEXT    only rows whose name contains TEXT
  --json FILE    write all samples to FILE
  --without TOOL as if TOOL were not installed: nginx, wrk, iperf3 or boto3; repeatable
  --profile      no table: where the CPU of reads and writes goes (--only TEXT: whose title contains TEXT), or that of the profiles in FILES
  --help         print this
`

const flags = {
  rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' }, only: { type: 'string', default: '' },
  json: { type: 'string' }, without: { type: 'string', multiple: true, default: [] }, profile: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' },
} as const satisfies NonNullable<ParseArgsConfig['options']>
export const flagNames: readonly string[] = Object.keys(flags)

/** @throws {TypeError} from a flag that is not known, {RangeError} from a value without meaning */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    args: [...args],
    options: flags,
  })
  const rounds = Number(values.rounds), seconds = Number(values.seconds)
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${values.rounds} is not a number of rounds`)
  if (!(seconds > 0) || seconds > 3600) throw new RangeError(`--seconds ${values.seconds} is not a length of time`)
  const without = values.without.map((name) => {
    const tool = toolNames.find((known) => known === name)
    if (tool === undefined) throw new RangeError(`--without ${name} is none of ${toolNames.join(', ')}`)
    return tool
  })
  if (positionals.length > 0 && !values.profile) throw new TypeError(`'${positionals[0]!}' has no meaning without --profile`)
  return { rounds, seconds, only: values.only, without, profile: values.profile, files: positionals, ...(values.json === undefined ? {} : { json: values.json }), ...(values.help ? { help: true } : {}) }
}
