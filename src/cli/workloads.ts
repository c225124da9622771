// `workloads list | show`: what is built in.

import { listWorkloads, workloadText } from '../workload/files.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'

export async function listBuiltIn({ json }: { json?: boolean }): Promise<ExitCode> {
  const workloads = await listWorkloads()
  const width = Math.max(...workloads.map(({ name }) => name.length))
  process.stdout.write(json
    ? `${JSON.stringify({ schema: 'dlio-s3/workloads@1', status: 'complete', workloads: workloads.map(({ name, description }) => ({ name, description })) }, undefined, 2)}\n`
    : workloads.map(({ name, description }) => `${name.padEnd(width)}  ${description}\n`).join(''))
  return exitCodes.ok
}

export async function showBuiltIn(name: string): Promise<ExitCode> {
  process.stdout.write(await workloadText(name))
  return exitCodes.ok
}
