// Listing: keys per second of CPU, page by page and as `run` builds its file table; and the memory that a large one takes.

import type { Bench } from '../bench.ts'
import type { Case, OpenCase } from '../case.ts'
import { clientSample } from '../child.ts'
import type { ListTask } from '../client-list.ts'
import { startKeyServer, type KeyPlan } from '../key-server.ts'

const plans: readonly (KeyPlan & { readonly name: string })[] = [
  { name: 'flat', numFiles: 1_000_000, numSubfolders: 0 }, { name: '64 subfolders', numFiles: 1_000_000, numSubfolders: 64 },
]
/** What a run keeps of ten million objects, before it reads the first of them. */
const large: KeyPlan = { numFiles: 10_000_000, numSubfolders: 64 }

/** About what a million keys take. The first pass warms up. */
const passSeconds = 2

export function listingCases(bench: Bench): Case[] {
  const { seconds } = bench.options
  const row = { measure: 'keysPerCpuSecond', target: { least: 500_000 } } as const
  return [
    ...plans.map((plan): Case => ({
      name: `listing, ${plan.name}`, sampleSeconds: Math.max(passSeconds, seconds) + passSeconds,
      rows: [{ ...row, name: `listing, ${plan.name}: pages`, ours: 'pages' }, { ...row, name: `listing, ${plan.name}: file table of a run`, ours: 'table' }],
      open: () => openListing(bench, plan),
    })),
    {
      name: 'listing of 10 M keys',
      mostRounds: 1, sampleSeconds: 10 * passSeconds,
      rows: [{ name: 'listing: peak memory with the file table of 10 M keys', measure: 'peakRssBytes', ours: 'table', target: { most: 1000e6 } }],
      open: () => openLarge(),
    },
  ]
}

function sampleOf(server: Awaited<ReturnType<typeof startKeyServer>>, plan: KeyPlan, more: Pick<ListTask, 'seconds' | 'what'>): ReturnType<typeof clientSample> {
  const { spec, prefix } = server
  return clientSample({ kind: 'list', spec, prefix, ...plan, ...more })
}

async function openListing({ options: { seconds } }: Bench, plan: KeyPlan): Promise<OpenCase> {
  const server = await startKeyServer(plan)
  const of = (what: ListTask['what']) => ({ sample: () => sampleOf(server, plan, { seconds, what }) })
  return { contenders: { pages: of('pages'), table: of('table') }, close: () => server.close() }
}

async function openLarge(): Promise<OpenCase> {
  const server = await startKeyServer(large)
  const sample = () => sampleOf(server, large, { seconds: 0, what: 'table' })
  return { contenders: { table: { sample } }, close: () => server.close() }
}
