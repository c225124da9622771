// Loading from text, without the disk.

import { loadWorkload, type LoadOptions, type LoadedWorkload } from '../../src/workload/load.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'

export function load(text: string, options: Omit<LoadOptions, 'source'> = {}): Promise<LoadedWorkload> {
  return loadWorkload({ source: { text, file: 'w.yaml' }, ...options })
}

/** The usage Fault that loading ends in. */
export async function refusal(text: string, options: Omit<LoadOptions, 'source'> = {}): Promise<Fault<'usage'>> {
  try {
    await load(text, options)
  } catch (error) {
    if (isFault(error, 'usage')) return error
    throw error
  }
  throw new Error(`loaded: ${text}`)
}
