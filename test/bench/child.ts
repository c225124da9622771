// Processes of the harness: one that measures and says so in one JSON document, and servers that live as long as the harness.

import { execFile, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { repoRoot } from '../support/root.ts'
import type { Sample } from './case.ts'
import type { ClientTask } from './client.ts'

/** Aborted: what is running is ended, and fails; nothing else begins. Servers stay. */
export const interruption: AbortController = new AbortController()

/** Documents have histograms and steps in them. Bytes. */
const maxBuffer = 256 * 1024 * 1024

async function run(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<{ stdout: string }> {
  return await promisify(execFile)(file, args, { maxBuffer, signal: interruption.signal, ...(env && { env }) })
}

function moduleFile(name: string): string {
  return fileURLToPath(new URL(`./${name}${path.extname(import.meta.url)}`, import.meta.url))
}

/** Nothing of the machine's AWS settings, nor of DLIO's, decides a figure. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(AWS_|S3_|DLIO_|NODE_OPTIONS|https?_proxy$)/i.test(entry[0]))
  return { ...Object.fromEntries(kept), AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...extra }
}

/** The sample of a client that is alone in its process. `nodeFlags` as in --cpu-prof. */
export async function clientSample(task: ClientTask, nodeFlags: readonly string[] = []): Promise<Sample> {
  const { stdout } = await run(process.execPath, [...nodeFlags, moduleFile('client'), JSON.stringify(task)], cleanEnvironment())
  return JSON.parse(stdout) as Sample
}

export interface Execution {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly nodeFlags?: readonly string[]
}

/** What `dlio-s3` itself prints on stdout. @throws with its stderr when it fails */
export async function dlioOutput({ args, env = {}, nodeFlags = [] }: Execution): Promise<string> {
  const { stdout } = await run(process.execPath, [...nodeFlags, path.join(repoRoot, 'bin', 'dlio-s3.js'), ...args], cleanEnvironment(env))
  return stdout
}

export async function toolOutput(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run(file, args, env)
  return stdout
}

/** What a tool prints, and its CPU time, which the shell that starts it tells after it. */
export async function toolOutputAndCpu(file: string, args: readonly string[]): Promise<{ stdout: string; cpuSeconds: number }> {
  const { stdout } = await run('/bin/sh', ['-c', '"$@" && echo && times', 'sh', file, ...args], { ...process.env, LC_ALL: 'C' })
  const children = stdout.trimEnd().split('\n').at(-1)!
  return { stdout, cpuSeconds: shellSeconds(children) }
}

/** The sum of POSIX's "0m1.50s 0m0.25s": user and system. */
export function shellSeconds(line: string): number {
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)]
  if (times.length !== 2) throw new Error(`"${line}" is not what times prints`)
  return times.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}

export interface ServerProcess<Ready> {
  readonly ready: Ready
  close(): Promise<void>
}

/** A module of the harness as a server: it sends one message when it can be talked to, and ends when the harness does. */
export async function startServerProcess<Ready>(name: string, args: readonly string[] = []): Promise<ServerProcess<Ready>> {
  const child = fork(moduleFile(name), args, { env: cleanEnvironment() })
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as Ready),
    once(child, 'exit').then(([code]): never => { throw new Error(`the server process of ${name} ended with code ${String(code)}`) }),
  ])
  return { ready, close: () => ended(child) }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
