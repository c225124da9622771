// Where a process's CPU went, from the .cpuprofile files of its threads: self time by file and function, put into a few drawers.
// They lack some of the process's CPU time: that of V8's own threads and the profiler's, which the system tells, and what libuv
// does while it polls, which counts as idle. That is where sockets are read, and where the rest of a body is sent that the kernel
// did not take at once.

import type { ProcessTotals } from './process-totals.ts'

/** What V8 writes. `timeDeltas` in microseconds: the time up to the sample of the same index. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

export const categories = [
  'reading from sockets, in libuv', 'waiting for sockets and sending to them, in libuv', 'writing, other system calls and native code', 'garbage collection', "V8's helper threads: compiling and collecting", 'HTTP: connections and parsing', "Node's sockets and streams", 'signing',
  'store and its wrappers', 'pool, loader, worker', 'decoding and CRC', 'checksums', 'load generator', 'metrics, log and command', 'promises, timers, messages', 'loading code', 'the profiler itself', 'other',
] as const
export type Category = (typeof categories)[number]

export interface FunctionTime {
  /** As in "storage/s3/sigv4.ts sign". */
  readonly name: string
  readonly category: Category
  readonly microseconds: number
}

/** Functions whose name tells what they do, whoever calls them. They are C++ and have no file. */
const nativeRules: readonly (readonly [name: RegExp, category: Category])[] = [
  [/^(write|writev|writeBuffer|write\w+String|shutdown|readStart|readStop|connect|close|open|openFileHandle|read|fstat|stat)$/, 'writing, other system calls and native code'],
  [/crc32/i, 'decoding and CRC'],
  [/^(Hash|Hmac|hash|update|digest|oneShotDigest|init)$/, 'signing'],
  [/^(compileFunction\w*|internalModuleStat|link|instantiate|evaluate)$/, 'loading code'],
]

const fileRules: readonly (readonly [file: RegExp, category: Category])[] = [
  [/\/storage\/s3\/(sigv4|uri|address)\./, 'signing'],
  [/\/storage\/s3\/(client|requests|errors|upload|upload-checksum|body-parts|request-headers|endpoints|endpoint-board|completion|delete|region)\./, 'store and its wrappers'],
  [/\/storage\/s3\/|\/node_modules\/(undici|@aws-sdk|@smithy)\//, 'HTTP: connections and parsing'],
  [/\/src\/storage\//, 'store and its wrappers'],
  [/\/src\/format\/|^node:zlib/, 'decoding and CRC'],
  [/\/node_modules\/piscina\/|\/src\/(loader|worker|train|dataset)\//, 'pool, loader, worker'],
  [/\/src\/bench\//, 'load generator'],
  [/\/src\/(metrics|report|cli|workload)\/|\/node_modules\/(commander|js-yaml|zod)\//, 'metrics, log and command'],
  [/\/src\/util\/(crc|checksum|wasm)/, 'checksums'],
  [/\/src\/util\/(clock|alarm|semaphore|cancel|lanes)/, 'promises, timers, messages'],
  [/^node:(net|tls|http|_http|internal\/(net|stream|streams|tls|http|js_stream))|^node:stream|^node:internal\/(streams|stream_base)/, "Node's sockets and streams"],
  [/^node:(crypto|internal\/crypto)/, 'signing'],
  [/^node:(internal\/(modules|bootstrap|main|vm|url|source_map|fs\/utils)|fs|path|url)|cjs\/loader/, 'loading code'],
  [/^node:(events|timers|internal\/(process|timers|async|event_target|events|abort|worker|per_context|util|promise))/, 'promises, timers, messages'],
]

const outside = new Set(['(root)', '(idle)'])
/** It waits in JavaScript, so that V8 takes it for busy. */
const waiting = /\/util\/alarm-thread\./

/** Of the function itself; undefined for C++ that could be anybody's. */
function categoryOf({ functionName, url }: ProfileNode['callFrame']): Category | undefined {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return 'writing, other system calls and native code'
  if (url !== '') return fileRules.find(([file]) => file.test(url))?.[1] ?? 'other'
  return nativeRules.find(([name]) => name.test(functionName))?.[1]
}

/** Shortest name that still says which file of which package. */
function nameOf({ functionName, url }: ProfileNode['callFrame']): string {
  const file = url.replace(/^.*\/(?:dist\/)?(?:src|node_modules)\//, '').replace(/^file:.*\//, '').replace(/\.js$/, '')
  return [file, functionName === '' ? '(anonymous)' : functionName].filter((part) => part !== '').join(' ')
}

/** Busy time by function, most first. C++ without a rule of its own counts for the function that called it, under its own name. */
export function functionTimes(profiles: readonly CpuProfile[]): FunctionTime[] {
  const times = new Map<string, FunctionTime>()
  for (const { nodes, samples, timeDeltas } of profiles) {
    const byId = new Map(nodes.map((node) => [node.id, node]))
    const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
    const found = new Map<number, Category>()
    const categoryAt = (id: number): Category => {
      const known = found.get(id)
      if (known) return known
      const parent = parents.get(id)
      const category = categoryOf(byId.get(id)!.callFrame) ?? (parent === undefined ? 'other' : categoryAt(parent))
      found.set(id, category)
      return category
    }
    samples.forEach((id, i) => {
      const { callFrame } = byId.get(id)!
      if (outside.has(callFrame.functionName) || waiting.test(callFrame.url)) return
      const name = nameOf(callFrame), category = categoryAt(id)
      const key = `${category} ${name}`
      times.set(key, { name, category, microseconds: (times.get(key)?.microseconds ?? 0) + Math.max(0, timeDeltas[i] ?? 0) })
    })
  }
  return [...times.values()].toSorted((a, b) => b.microseconds - a.microseconds)
}

/** What the profiled program does with bodies most of the time. */
export type Direction = 'reading' | 'writing'

const polling = {
  reading: { name: 'read(2)', category: 'reading from sockets, in libuv' },
  writing: { name: 'write(2), read(2), epoll_wait(2)', category: 'waiting for sockets and sending to them, in libuv' },
} as const satisfies Record<Direction, Pick<FunctionTime, 'name' | 'category'>>

/** With what the profiles lack of the process's CPU time. On a machine that is busy with others they may lack nothing. */
export function withRest(times: readonly FunctionTime[], { cpuMicroseconds, helperCpu }: Pick<ProcessTotals, 'cpuMicroseconds' | 'helperCpu'>, direction: Direction): FunctionTime[] {
  const { helperMicroseconds = 0, profilerMicroseconds = 0 } = helperCpu ?? {}
  const told: FunctionTime[] = [
    ...times,
    { name: '(helper threads)', category: "V8's helper threads: compiling and collecting", microseconds: helperMicroseconds },
    { name: '(profiler)', category: 'the profiler itself', microseconds: profilerMicroseconds },
  ]
  const seen = told.reduce((sum, { microseconds }) => sum + microseconds, 0)
  return [...told, { ...polling[direction], microseconds: cpuMicroseconds - seen }].filter(({ microseconds }) => microseconds > 0)
}

/** Below a table of a system that does not tell. */
export function helperNote({ helperCpu }: Pick<ProcessTotals, 'helperCpu'>, direction: Direction): string {
  return helperCpu ? '' : `\nThere is no /proc here to tell the CPU of V8's helper threads and of the profiler: it is in "${polling[direction].category}".\n`
}

/** Functions below this share of all busy time are not named. */
const worthNaming = 0.02

/** Percentages of busy time, and of each drawer the functions with the most of it. */
export function profileTable(title: string, times: readonly FunctionTime[]): string {
  const busy = times.reduce((sum, { microseconds }) => sum + microseconds, 0)
  const percent = (microseconds: number): string => `${(microseconds / busy * 100).toFixed(1)} %`
  const rows = categories.map((category) => {
    const own = times.filter((time) => time.category === category)
    const named = own.filter(({ name, microseconds }) => microseconds >= worthNaming * busy && !name.startsWith('(')).map(({ name, microseconds }) => `\`${name}\` ${percent(microseconds)}`)
    return { category, sum: own.reduce((sum, { microseconds }) => sum + microseconds, 0), named }
  }).filter(({ sum }) => sum > 0).toSorted((a, b) => b.sum - a.sum)
  const lines = rows.map(({ category, sum, named }) => `| ${category} | ${percent(sum)} | ${named.join(', ') || '–'} |\n`)
  return `${title}: ${(busy / 1e6).toFixed(2)} s of CPU\n\n| where | share | functions of ${(100 * worthNaming).toFixed(0)} % and more |\n| --- | --- | --- |\n${lines.join('')}`
}
