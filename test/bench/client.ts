// The process that is measured: one client, one task, one line of JSON. Its CPU is nobody else's.

import type { S3Spec } from '../../src/storage/index.ts'
import type { Sample } from './case.ts'
import type { ClockTask } from './client-clock.ts'
import type { EngineTask } from './client-engine.ts'
import type { ListTask } from './client-list.ts'

/** Plain data: it comes on the command line. Sizes in bytes. */
export type ClientTask =
  | LoopTask
  | { readonly kind: 'list' } & ListTask
  | { readonly kind: 'clock' } & ClockTask
  | { readonly kind: 'engine' } & EngineTask

export const loopClients = ['direct', 'undici transport', 'undici', 'sdk', 'node:http', 'bare socket'] as const
export type LoopClient = (typeof loopClients)[number]

/** A closed loop of one kind of request on one object (put: one object per connection). */
export interface LoopTask {
  readonly kind: 'loop'
  readonly client: LoopClient
  readonly operation: 'get' | 'put'
  readonly spec: S3Spec
  readonly key: string
  readonly size: number
  readonly connections: number
  readonly seconds: number
}

const kinds: { readonly [K in ClientTask['kind']]: (task: Extract<ClientTask, { kind: K }>) => Promise<Sample> } = {
  loop: async (task) => (await import('./client-loop.ts')).runLoop(task),
  list: async (task) => (await import('./client-list.ts')).runListing(task),
  clock: async (task) => (await import('./client-clock.ts')).runClock(task),
  engine: async (task) => (await import('./client-engine.ts')).runEngine(task),
}

if (process.argv[2]?.startsWith('{')) {
  const task = JSON.parse(process.argv[2]) as ClientTask
  process.stdout.write(JSON.stringify(await kinds[task.kind](task as never)))
}
