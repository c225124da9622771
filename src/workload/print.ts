// A loaded workload as text: resolved with origins, and the two files that Hydra leaves beside a run. Secrets are masked in all of them.

import path from 'node:path'
import type { TimeDistribution } from './distribution.ts'
import type { LoadedWorkload } from './load.ts'
import { maskTree, maskValue } from './mask.ts'
import { originText, type Origin } from './problems.ts'
import { entries, type Entry } from './table.ts'
import { valueAt, type Tree } from './tree.ts'
import { formatInline, formatYaml } from './yaml.ts'

/** The resolved workload as YAML that loads again, each value with its origin in a comment: default, file:line, or the override. */
export function printConfig({ workload, name, file, origins }: LoadedWorkload): string {
  const lines: (readonly [line: string, comment: string])[] = []
  let open: readonly string[] = []
  for (const entry of entries) {
    const value = valueAt(workload as unknown as Tree, entry.property)
    if (value === undefined) continue
    const words = entry.path.split('.')
    const maps = words.slice(0, -1)
    const shared = maps.findIndex((word, i) => open[i] !== word)
    for (let i = shared < 0 ? maps.length : shared; i < maps.length; i++) lines.push([`${'  '.repeat(i)}${maps[i]!}:`, ''])
    open = maps
    const comment = origin(origins.get(entry.path) ?? { kind: 'default' })
    lines.push([`${'  '.repeat(maps.length)}${words.at(-1)!}: ${formatInline(maskValue(entry.path, dlioValue(entry, value)))}`, comment])
  }
  const width = Math.min(60, Math.max(...lines.map(([line]) => line.length)))
  const body = lines.map(([line, comment]) => comment === '' ? line : `${line.padEnd(width)}  # ${comment}`)
  return [`# ${name}${file === undefined ? '' : `, from ${file}`}`, ...body, ''].join('\n')
}

/** The same for programs: every key with its value and its origin. */
export function configDocument({ workload, name, file, origins }: LoadedWorkload): object {
  const values: Record<string, { value: Tree; origin: string }> = {}
  for (const entry of entries) {
    const value = valueAt(workload as unknown as Tree, entry.property)
    if (value !== undefined) values[entry.path] = { value: maskValue(entry.path, dlioValue(entry, value)), origin: origin(origins.get(entry.path) ?? { kind: 'default' }) }
  }
  return { schema: 'dlio-s3/config@1', status: 'complete', name, ...(file === undefined ? {} : { file }), values }
}

/** Files by their last name: the first line has the whole one. */
function origin(of: Origin): string {
  return originText(of.kind === 'file' ? { ...of, file: path.basename(of.file) } : of)
}

/** The value as a workload file would say it. */
function dlioValue({ kind }: Entry, value: Tree): Tree {
  if (kind !== 'time') return value
  const time = value as unknown as TimeDistribution
  return time.type === 'none' ? 0 : time.type === 'constant' ? time.mean : value
}

/** What Hydra writes to .hydra/config.yaml: the composed configuration under its root key. */
export function composedYaml({ composed }: LoadedWorkload): string {
  return formatYaml({ workload: maskTree(composed) })
}

/** What Hydra writes to .hydra/overrides.yaml: the overrides as they were typed. */
export function overridesYaml({ overrides }: LoadedWorkload): string {
  return formatYaml(overrides)
}
