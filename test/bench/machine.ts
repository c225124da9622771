// What the figures come from. Nothing in it names a host.

import os from 'node:os'
import { toolNames, type Tools } from './tools.ts'

export interface Machine {
  readonly cpuModel: string
  readonly cores: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
  /** Versions by name; absent ones are not installed. */
  readonly tools: Readonly<Record<string, string>>
}

export function machineOf(tools: Tools): Machine {
  return {
    cpuModel: os.cpus()[0]?.model.trim() || `${process.arch}, unnamed`,
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    tools: Object.fromEntries(toolNames.flatMap((name) => (tools[name] ? [[name, tools[name].version]] : []))),
  }
}

export function machineText({ cpuModel, cores, memoryBytes, kernel, node, tools }: Machine): string {
  const versions = toolNames.map((name) => tools[name] ?? `${name} not installed`)
  return `${cpuModel}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB of memory, ${kernel}, Node ${node.replace(/^v/, '')}, ${versions.join(', ')}`
}
