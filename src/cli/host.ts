// What DLIO's files say of the host.

import { readFile } from 'node:fs/promises'
import os from 'node:os'

/** First-colon split lines of a /proc file; of repeated keys the last wins. Source: DLIO's get_host_info; {} where there is no /proc. */
async function procTable(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const table: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) table[line.slice(0, colon).trim()] = line.slice(colon + 1).trim()
  }
  delete table['processor']
  return table
}

export interface Host {
  readonly hostname: string
  readonly cpuCount: number
  readonly memoryBytes: number
  readonly processorName: string
  readonly cpuinfo: Record<string, string>
  readonly meminfo: Record<string, string>
}

export async function readHost(): Promise<Host> {
  const [cpuinfo, meminfo] = await Promise.all([procTable('/proc/cpuinfo'), procTable('/proc/meminfo')])
  return { hostname: os.hostname(), cpuCount: os.cpus().length, memoryBytes: os.totalmem(), processorName: os.machine(), cpuinfo, meminfo }
}
