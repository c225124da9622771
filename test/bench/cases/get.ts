// GET of whole objects: our client as its users run it, beside the libraries and a C program, on one thread and as many connections.

import { openStore } from '../../../src/storage/index.ts'
import { KiB, MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import { bucket } from '../built-in-server.ts'
import { ratesOf, type Case, type Contender, type OpenCase, type Row, type Sample } from '../case.ts'
import { clientSample, toolOutputAndCpu } from '../child.ts'
import type { LoopClient } from '../client.ts'
import { benchCommand, connections } from '../commands.ts'
import type { Served } from '../served.ts'

interface Goals { readonly undici: number; readonly sdk: number; readonly wrk: number }

export function getCases(bench: Bench): Case[] {
  return [
    getCase(bench, { name: 'GET 128 KiB', size: 128 * KiB }, { undici: 4, sdk: 25, wrk: 0.88 }),
    getCase(bench, { name: 'GET 8 MiB', size: 8 * MiB }, { undici: 2, sdk: 4, wrk: 0.92 }),
  ]
}

function rowsOf(name: string, goals: Goals): Row[] {
  const row = (measure: 'bytesPerCpuSecond' | 'requestsPerSecond', ours: string, against: string, least?: number): Row => ({
    name: `${name}: ${ours} / ${against}${measure === 'requestsPerSecond' ? ', per second' : ''}`, measure, ours, against, ...(least === undefined ? {} : { target: { least } }),
  })
  return [
    row('bytesPerCpuSecond', 'bench get', 'undici', goals.undici), row('bytesPerCpuSecond', 'bench get', 'SDK', goals.sdk), row('bytesPerCpuSecond', 'bench get', 'node:http'),
    row('bytesPerCpuSecond', 'store loop', 'undici', goals.undici), row('bytesPerCpuSecond', 'store loop', 'SDK', goals.sdk), row('bytesPerCpuSecond', 'bench get', 'store loop'),
    row('requestsPerSecond', 'bench get', 'wrk', goals.wrk), row('requestsPerSecond', 'store loop', 'wrk', goals.wrk), row('bytesPerCpuSecond', 'store loop', 'wrk'),
  ]
}

function getCase(bench: Bench, { name, size }: { name: string; size: number }, goals: Goals): Case {
  return { name, rows: rowsOf(name, goals), open: () => openGet(bench, size) }
}

export function getPrefix(size: number): string {
  return `get-${size}`
}

/** One object, so that all contenders read the very same bytes. */
export async function prepareObject(bench: Bench, size: number): Promise<{ served: Served; key: string }> {
  const served = await bench.readServer()
  const key = `${getPrefix(size)}/object`
  const store = await openStore(served.writeSpec)
  await store.write(key, Buffer.alloc(size, 7))
  await store.close()
  await served.refresh()
  return { served, key }
}

async function openGet(bench: Bench, size: number): Promise<OpenCase> {
  const { seconds } = bench.options
  const { served, key } = await prepareObject(bench, size)
  const loop = (client: LoopClient): Contender => ({ sample: () => clientSample({ kind: 'loop', client, operation: 'get', spec: served.spec, key, size, connections, seconds }) })
  return {
    contenders: {
      'bench get': { sample: () => benchCommand('get', served, { prefix: getPrefix(size), seconds }) },
      'store loop': loop('direct'), undici: loop('undici'), SDK: loop('sdk'), 'node:http': loop('node:http'),
      wrk: { needs: 'wrk', sample: () => wrkSample(bench, served, { key, size }) },
    },
  }
}

/** One thread of wrk, which throws bodies away. It takes whole seconds only. */
async function wrkSample({ tools, options }: Bench, { endpoint }: Served, { key, size }: { key: string; size: number }): Promise<Sample> {
  const { stdout, cpuSeconds } = await toolOutputAndCpu(tools.wrk!.file, ['-t1', `-c${connections}`, `-d${Math.max(1, Math.round(options.seconds))}s`, `${endpoint}/${bucket}/${key}`])
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]), requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  if (!(requestsPerSecond > 0) || !(requests > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk does not tell its rate: ${stdout}`)
  return ratesOf({ requests, bytes: requests * size, wallSeconds: requests / requestsPerSecond, cpuSeconds })
}
