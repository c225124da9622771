// What this machine's loopback can do at all: bytes from one process to another, by a C program that does nothing else.

import type { Bench } from '../bench.ts'
import type { Case, Sample } from '../case.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ended, toolOutput } from '../child.ts'
import { freePort } from '../nginx.ts'

export function scaleCases(bench: Bench): Case[] {
  const row = { ours: 'iperf3' } as const
  return [{
    name: 'loopback',
    rows: [{ ...row, name: 'loopback: iperf3, one stream, receiver', measure: 'bytesPerCpuSecond' }, { ...row, name: 'loopback: iperf3, one stream', measure: 'bytesPerSecond' }],
    open: async () => ({ contenders: { iperf3: { needs: 'iperf3', sample: () => iperfSample(bench) } } }),
  }]
}

interface IperfReport {
  readonly end: { readonly sum_received: { readonly bytes: number; readonly seconds: number }; readonly cpu_utilization_percent: { readonly host_total: number } }
}

/** The client receives, so that its CPU is that of reading. */
async function iperfSample({ tools, options }: Bench): Promise<Sample> {
  const { file } = tools.iperf3!
  const port = await freePort()
  const server = spawn(file, ['-s', '-1', '-B', '127.0.0.1', '-p', String(port), '--forceflush'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await Promise.race([once(server.stdout, 'data'), once(server, 'exit').then((): never => { throw new Error('iperf3 does not listen') })])
    const report = JSON.parse(await toolOutput(file, ['-c', '127.0.0.1', '-p', String(port), '-R', '-J', '-t', String(Math.max(1, Math.round(options.seconds)))])) as IperfReport
    const { bytes, seconds } = report.end.sum_received, cpuSeconds = report.end.cpu_utilization_percent.host_total / 100 * seconds
    return { bytes, wallSeconds: seconds, cpuSeconds, bytesPerSecond: bytes / seconds, bytesPerCpuSecond: bytes / cpuSeconds }
  } finally {
    await ended(server)
  }
}
