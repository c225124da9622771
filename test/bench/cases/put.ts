// PUT into the built-in server. Ours is what S3 asks for, and signed; a bare library sends bytes and no more.

import { KiB, MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import type { Case, Contender, OpenCase, Row } from '../case.ts'
import { clientSample } from '../child.ts'
import type { LoopClient } from '../client.ts'
import { benchCommand, connections } from '../commands.ts'

export function putCases(bench: Bench): Case[] {
  return [putCase(bench, 'PUT 128 KiB', 128 * KiB, 1.8), putCase(bench, 'PUT 8 MiB', 8 * MiB)]
}

function putCase(bench: Bench, name: string, size: number, least?: number): Case {
  const row = (ours: string, against: string, judged = true): Row => ({ name: `${name}: ${ours} / ${against}`, measure: 'bytesPerCpuSecond', ours, against, ...(judged && least !== undefined ? { target: { least } } : {}) })
  return {
    name,
    rows: [row('store loop', 'undici'), row('store loop', 'undici transport', false), row('store loop', 'SDK', false), row('bench put', 'undici'), row('bench put', 'store loop', false)],
    open: () => openPut(bench, size),
  }
}

async function openPut(bench: Bench, size: number): Promise<OpenCase> {
  const { seconds } = bench.options
  const served = await bench.writeServer()
  const loop = (client: LoopClient): Contender => ({ sample: () => clientSample({ kind: 'loop', client, operation: 'put', spec: served.spec, key: `put-${size}/object`, size, connections, seconds }) })
  return {
    contenders: {
      'bench put': { sample: () => benchCommand('put', served, { prefix: `put-${size}`, seconds, size }) },
      'store loop': loop('direct'), undici: loop('undici'), 'undici transport': loop('undici transport'), SDK: loop('sdk'),
    },
  }
}
