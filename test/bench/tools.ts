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

interface Probe {
  /** Absent: the tool's name. */
  readonly program?: string
  readonly args: readonly string[]
  readonly version: RegExp
  /** The program is not the tool: that is only there when it says its version. */
  readonly mustAnswer?: true
}

const probes: Readonly<Record<ToolName, Probe>> = {
  nginx: { args: ['-v'], version: /nginx\/\S+/ },
  wrk: { args: ['-v'], version: /wrk \S+/ },
  iperf3: { args: ['--version'], version: /iperf \S+/ },
  boto3: { program: 'python3', args: ['-c', 'import boto3, numpy; print(f"boto3 {boto3.__version__} with NumPy {numpy.__version__}")'], version: /boto3 \S+ with NumPy \S+/, mustAnswer: true },
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
    const { program = name, args, version: pattern, mustAnswer = false } = probes[name]
    const file = without.includes(name) ? undefined : find(program)
    if (file === undefined) return []
    // Some print their version on stderr, and call that a failure.
    const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 5000 })
    const version = pattern.exec(`${stdout}${stderr}`)?.[0]
    return version === undefined && mustAnswer ? [] : [[name, { file, version: version ?? name }]]
  }))
}
