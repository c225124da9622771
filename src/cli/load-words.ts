// The words of a command line as a workload: a name or a YAML file first, overrides behind it.

import { existsSync } from 'node:fs'
import { systemClock } from '../util/clock.ts'
import { loadWorkload, type LoadedWorkload, type WorkloadSource } from '../workload/load.ts'

export interface LoadFlags {
  readonly config: readonly string[]
  readonly configDir: readonly string[]
  readonly strict?: boolean
}

export async function loadFromWords(words: readonly string[], flags: LoadFlags): Promise<LoadedWorkload> {
  const [first, ...rest] = words
  const isOverride = first === undefined || first.includes('=') || first.startsWith('~')
  const overrides = isOverride ? words : rest
  return loadWorkload({
    ...(isOverride ? {} : { source: sourceOf(first) }),
    overrides, configDirs: flags.configDir, layers: flags.config, strict: flags.strict, env: process.env, wallMilliseconds: systemClock.wallMilliseconds(),
  })
}

function sourceOf(word: string): WorkloadSource {
  return /\.ya?ml$/i.test(word) || word.includes('/') && existsSync(word) ? { file: word } : { name: word }
}
