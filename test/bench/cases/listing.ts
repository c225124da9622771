// Listing: keys per second of CPU, page by page and as `run` builds its file table.

import type { Bench } from '../bench.ts'
import { bucket } from '../built-in-server.ts'
import type { Case, OpenCase } from '../case.ts'
import { clientSample } from '../child.ts'
import { startKeyServer } from '../key-server.ts'

export function listingCases(bench: Bench): Case[] {
  const row = { measure: 'keysPerCpuSecond', target: { least: 500_000 } } as const
  return [{
    name: 'listing',
    rows: [{ ...row, name: 'listing: pages', ours: 'pages' }, { ...row, name: 'listing: file table of a run', ours: 'table' }],
    open: () => openListing(bench),
  }]
}

async function openListing({ options: { seconds } }: Bench): Promise<OpenCase> {
  const server = await startKeyServer(bucket)
  const { spec, prefix, numFiles } = server
  const of = (what: 'pages' | 'table') => ({ sample: () => clientSample({ kind: 'list', spec, prefix: what === 'table' ? prefix : `${prefix}/train`, numFiles, seconds, what }) })
  return { contenders: { pages: of('pages'), table: of('table') }, close: () => server.close() }
}
