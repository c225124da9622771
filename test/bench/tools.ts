// Programs of others that may be installed: what they are called, where they are, and which version.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { ToolName } from './case.ts'

export interface Tool {
  readonly file: string
  /** As it tells it, as in "nginx/1.22.1". */
  readonly version: string
}

export type Tools = Readonly<Partial<Record<ToolName, Tool>>>

const probes: Readonly<Record<ToolName, { readonly args: readonly string[]; readonly version: RegExp }>> = {
  nginx: { args: ['-v'], version: /nginx\/\S+/ },
  wrk: { args: ['-v'], version: /wrk \S+/ },
  iperf3: { args: ['--version'], version: /iperf \S+/ },
}

export const toolNames: readonly ToolName[] = Object.keys(probes) as ToolName[]

/** nginx is often outside the path of ordinary users. */
const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']

function find(name: string): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export function findTools(without: readonly ToolName[]): Tools {
  return Object.fromEntries(toolNames.flatMap((name) => {
    const file = without.includes(name) ? undefined : find(name)
    if (file === undefined) return []
    // Some print their version on stderr, and call that a failure.
    const { stdout, stderr } = spawnSync(file, probes[name].args, { encoding: 'utf8', timeout: 5000 })
    return [[name, { file, version: probes[name].version.exec(`${stdout}${stderr}`)?.[0] ?? name }]]
  }))
}
