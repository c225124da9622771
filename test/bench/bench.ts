// What all cases share: options, tools, a folder, and servers that are started when the first case asks for them.

import { mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { BenchOptions } from './options.ts'
import { serveBuiltIn, serveByNginx, type Served } from './served.ts'
import type { Tools } from './tools.ts'

export interface Bench {
  readonly options: BenchOptions
  readonly tools: Tools
  /** In memory where the platform has such a folder; gone at the end. */
  readonly folder: string
  /** For reads: nginx when it is installed, else the built-in server. */
  readServer(): Promise<Served>
  /** For writes: the built-in server. */
  writeServer(): Promise<Served>
  /** Once, however often it is called. */
  close(): Promise<void>
}

const memoryFolder = '/dev/shm'

export async function openBench(options: BenchOptions, tools: Tools): Promise<Bench> {
  const folder = await mkdtemp(path.join(existsSync(memoryFolder) ? memoryFolder : os.tmpdir(), 'dlio-s3-bench-'))
  let reading: Promise<Served> | undefined, writing: Promise<Served> | undefined
  let closing: Promise<void> | undefined
  const writeServer = (): Promise<Served> => writing ??= serveBuiltIn()
  const close = async (): Promise<void> => {
    // One that did not start has nothing to close, and has said so to who asked for it.
    const started = await Promise.allSettled([reading, writing])
    const servers = new Set(started.map((each) => (each.status === 'fulfilled' ? each.value : undefined)))
    for (const served of servers) await served?.close()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    options, tools, folder, writeServer,
    readServer: () => reading ??= tools.nginx ? serveByNginx(tools.nginx, folder) : writeServer(),
    close: () => closing ??= close(),
  }
}
