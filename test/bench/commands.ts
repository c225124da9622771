// The program's own commands as contenders: what they print, turned into samples.

import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { RunEvent } from '../../src/metrics/events.ts'
import type { Bench } from './bench.ts'
import { bucket } from './built-in-server.ts'
import { ratesOf, type Counts, type Sample } from './case.ts'
import { dlioOutput } from './child.ts'
import { epochCounts } from './epoch-counts.ts'
import type { Served } from './served.ts'

/** Requests in flight, of everyone: as many as the design was measured with. */
export const connections = 4

export type Overrides = Readonly<Record<string, string | number | boolean>>

function access({ endpoint, region, credentials }: Served): { args: string[]; env: Record<string, string> } {
  return {
    args: ['--endpoint-url', endpoint, '--region', region, '--path-style', '--retries', '0'],
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
  }
}

export interface LoadRequest {
  readonly prefix: string
  readonly seconds: number
  /** Bytes; without it what is there is read. */
  readonly size?: number
  /** How many are written, in turn. Absent: as many as the command does by itself. */
  readonly objects?: number
  readonly transport?: 'direct' | 'undici' | 'sdk'
  /** Of what is written. Absent: as the program does it, which over plain HTTP is to sign it. */
  readonly signPayload?: 'never'
  /** 1 unless told. */
  readonly threads?: number
  /** Requests in flight: `connections` unless told. */
  readonly concurrency?: number
  readonly nodeFlags?: readonly string[]
}

/** `dlio-s3 bench get --existing`, or `bench put`: measured by itself. */
export async function benchCommand(operation: 'get' | 'put', served: Served, request: LoadRequest): Promise<Sample> {
  const { prefix, seconds, size, objects, transport = 'direct', signPayload, threads = 1, concurrency = connections, nodeFlags = [] } = request
  const { args, env } = access(served)
  const what = [...(size === undefined ? ['--existing'] : ['--size', String(size)]), ...(objects === undefined ? [] : ['--objects', String(objects)]), ...(signPayload ? ['--sign-payload', signPayload] : [])]
  const stdout = await dlioOutput({ nodeFlags, env, args: ['bench', operation, `s3://${bucket}/${prefix}`, ...what, '--threads', String(threads), '--concurrency', String(concurrency), '--duration', `${seconds}s`, '--transport', transport, '--json', '-q', ...args] })
  const { summary } = JSON.parse(stdout) as { summary: Record<string, number> }
  return ratesOf({ requests: summary['requests']!, bytes: summary[operation === 'get' ? 'bytes_read' : 'bytes_written']!, wallSeconds: summary['elapsed_seconds']!, cpuSeconds: summary['client_cpu_seconds']! })
}

export interface RunRequest {
  /** The target's URI, or a prefix of what a server has. */
  readonly target: string | { readonly served: Served; readonly prefix: string }
  readonly overrides: Overrides
  readonly args?: readonly string[]
  readonly nodeFlags?: readonly string[]
}

export interface RunFindings {
  readonly summary: Readonly<Record<string, number>>
  readonly events: readonly RunEvent[]
}

/** `dlio-s3 run` of a workload that does nothing but what `overrides` say. */
export async function runCommand({ folder }: Bench, { target, overrides, args = [], nodeFlags = [] }: RunRequest): Promise<RunFindings> {
  const out = path.join(folder, 'results')
  const { uri, flags, env } = typeof target === 'string' ? { uri: target, flags: [], env: {} } : { uri: `s3://${bucket}/${target.prefix}`, flags: access(target.served).args, env: access(target.served).env }
  const settings = Object.entries({ 'workflow.evaluation': false, 'dataset.num_files_eval': 0, 'train.epochs': 1, ...overrides }).map(([key, value]) => `++workload.${key}=${value}`)
  const stdout = await dlioOutput({ nodeFlags, env, args: ['run', 'default', '--target', uri, '--out', out, '--json', '-q', ...flags, ...args, ...settings] })
  const events = await readFile(path.join(out, 'events.jsonl'), 'utf8')
  await rm(out, { recursive: true, force: true })
  const { summary } = JSON.parse(stdout) as { summary: Record<string, number> }
  return { summary, events: events.trimEnd().split('\n').map((line) => JSON.parse(line) as RunEvent) }
}

/** Of all epochs but the first: `bench get` has warmed up too when its measuring begins. */
export async function runCounts(bench: Bench, request: RunRequest): Promise<Counts> {
  const { events } = await runCommand(bench, request)
  return epochCounts(events)
}

