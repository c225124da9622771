// PUT into the built-in server. A bare library sends bytes and no more: beside it stands ours without SHA-256 of what it
// writes, as it is over TLS or by --sign-payload never. As it is over plain HTTP, with all of it signed, it stands beside our
// undici transport, which signs as much.

import type { S3Spec } from '../../../src/storage/index.ts'
import { KiB, MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import type { Case, Contender, OpenCase, Row } from '../case.ts'
import { clientSample } from '../child.ts'
import type { LoopClient } from '../client.ts'
import { benchCommand, connections, type LoadRequest } from '../commands.ts'

export function putCases(bench: Bench): Case[] {
  return [putCase(bench, 'PUT 128 KiB', 128 * KiB, goal), longCase(bench, 'PUT 128 KiB', 128 * KiB), putCase(bench, 'PUT 8 MiB', 8 * MiB)]
}

/** Times what undici reaches, at 128 KiB. */
const goal = 1.8
/** So that what V8 compiles does not decide: docs/performance.md says what it is in short samples. */
const longSeconds = 12
const unsigned = 'bench put, payload unsigned'
const unsignedLoop = 'store loop, payload unsigned'

function rowsOf(name: string): (ours: string, against: string, more?: Pick<Row, 'target'>) => Row {
  return (ours, against, more = {}) => ({ name: `${name}: ${ours} / ${against}`, measure: 'bytesPerCpuSecond', ours, against, ...more })
}

function putCase(bench: Bench, name: string, size: number, least?: number): Case {
  const row = rowsOf(name)
  const judged = least === undefined ? {} : { target: { least } }
  return {
    name,
    rows: [
      row(unsigned, 'undici', judged), row(unsignedLoop, 'undici', judged), row(unsigned, 'node:http'), row(unsigned, unsignedLoop),
      row('bare socket', 'undici'),
      row('bench put', 'undici transport'), row('store loop', 'undici transport'), row('store loop', 'SDK'), row('bench put', 'store loop'),
    ],
    open: () => openPut(bench, size, bench.options.seconds),
  }
}

/** Of few rounds: a long sample is steady. */
function longCase(bench: Bench, name: string, size: number): Case {
  const sampleSeconds = Math.max(longSeconds, bench.options.seconds)
  const row = rowsOf(`${name}, samples of ${sampleSeconds} s`)
  return {
    name: `${name}, long samples`, mostRounds: 3, sampleSeconds,
    rows: [row(unsigned, 'undici', { target: { least: goal } }), row(unsignedLoop, 'undici', { target: { least: goal } }), row(unsigned, unsignedLoop)],
    open: () => openPut(bench, size, sampleSeconds),
  }
}

async function openPut(bench: Bench, size: number, seconds: number): Promise<OpenCase> {
  const served = await bench.writeServer()
  const loop = (client: LoopClient, spec: S3Spec = served.spec): Contender => ({ sample: () => clientSample({ kind: 'loop', client, operation: 'put', spec, key: `put-${size}/object`, size, connections, seconds }) })
  // As many objects as the loops write, for a server that makes new ones is slower, and clients that wait for it wake more often.
  const command = (signing: Pick<LoadRequest, 'signPayload'>): Contender => ({ sample: () => benchCommand('put', served, { prefix: `put-${size}`, seconds, size, objects: connections, ...signing }) })
  return {
    contenders: {
      'bench put': command({}), [unsigned]: command({ signPayload: 'never' }),
      'store loop': loop('direct'), [unsignedLoop]: loop('direct', { ...served.spec, payloadSigning: 'never' }), undici: loop('undici'), 'node:http': loop('node:http'), 'bare socket': loop('bare socket'), 'undici transport': loop('undici transport'), SDK: loop('sdk'),
    },
  }
}
