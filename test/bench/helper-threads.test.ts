import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { helperCpu, lastSeen, parseStat, threadsNow, type ThreadCpu } from './helper-threads.ts'
import { totalsOf } from './process-totals.ts'

const thread = (id: number, name: string, microseconds: number): ThreadCpu => ({ id, name, microseconds })
const stat = (name: string, user: number, system: number): string => `5470 (${name}) S 5191 5191 4045 0 -1 4194368 187 0 0 0 ${user} ${system} 0 0 20 0 11 0`

for (const [name, user, system] of [['node', 0, 0], ['v8:ProfEvntProc', 9, 5], ['a) S 1 (b', 1, 0]] as const) {
  test(`stat of the thread "${name}" with ${user} and ${system} ticks`, () => {
    assert.deepEqual(parseStat(stat(name, user, system)), thread(5470, name, (user + system) * 10_000))
  })
}

test('what is no stat is refused', () => { assert.throws(() => parseStat('nothing'), /"nothing" is no stat/) })

const node20 = [thread(1, 'dlio-s3', 260), thread(2, 'node', 1), ...[140, 170, 130, 240].map((microseconds, i) => thread(3 + i, 'node', microseconds)), thread(7, 'node', 5), thread(8, 'v8:ProfEvntProc', 90), thread(9, 'node', 7), thread(10, 'v8:ProfEvntProc', 30)]
const node24 = [thread(1, 'MainThread', 210), thread(2, 'DelayedTaskSche', 1), ...[80, 80, 60, 70].map((microseconds, i) => thread(3 + i, 'V8Worker', microseconds)), thread(7, 'SignalInspector', 5), thread(8, 'v8:ProfEvntProc', 90), thread(9, 'libuv-worker', 7), thread(10, 'WorkerThread', 900)]
const rows: readonly (readonly [name: string, threads: readonly ThreadCpu[], helpers: number, profiler: number])[] = [
  ['no threads', [], 0, 0], ['a main thread alone', node20.slice(0, 1), 0, 0],
  ['Node 20, which names none: those after the main thread', node20, 681, 120],
  ['Node 24, by their names', node24, 291, 90], ['Node 24, wherever they stand', node24.toReversed(), 291, 90],
]
for (const [name, threads, helperMicroseconds, profilerMicroseconds] of rows) {
  test(`helpers of ${name}`, () => { assert.deepEqual(helperCpu(threads), { helperMicroseconds, profilerMicroseconds }) })
}

test('of a thread the last look counts, also when it is gone by the end', () => {
  assert.deepEqual(lastSeen([]), [])
  assert.deepEqual(lastSeen([[thread(1, 'node', 1), thread(2, 'node', 2)], [thread(1, 'node', 5), thread(3, 'node', 3)]]), [thread(1, 'node', 5), thread(2, 'node', 2), thread(3, 'node', 3)])
})

test('without /proc nothing is known', () => { assert.equal(threadsNow(path.join(import.meta.dirname, 'no-such-folder')), undefined) })

/** Functions that get hot, one after the other: much to compile, and nothing to wait for. */
const hot = `for (let i = 0; i < 300; i++) { const f = new Function('n', 'let s = ' + i + '; for (let j = 0; j < n; j++) { s = (s * 31 + j) | 0; s ^= s >>> 3 } return s'); f(3e4); f(3e4) }`

test('a process that compiles a lot has helpers that are busy, and fewer where there is one thread for all', { skip: !existsSync('/proc/self/task') }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'helper-threads-'))
  try {
    const helpersOf = async (...flags: readonly string[]): Promise<number> => {
      const { cpuMicroseconds, helperCpu: cpu } = await totalsOf(folder, (nodeFlags) => promisify(execFile)(process.execPath, [...flags, ...nodeFlags, '-e', hot]))
      assert.ok(cpu && cpu.helperMicroseconds <= cpuMicroseconds, `${cpu?.helperMicroseconds} of ${cpuMicroseconds} µs`)
      return cpu.helperMicroseconds
    }
    const busy = await helpersOf(), idle = await helpersOf('--single-threaded')
    assert.ok(busy > idle, `${busy} µs, ${idle} µs`)
  } finally {
    await rm(folder, { recursive: true })
  }
})
