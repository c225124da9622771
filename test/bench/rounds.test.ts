import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from '../../src/metrics/events.ts'
import { shellSeconds } from './child.ts'
import type { Case, Contender } from './case.ts'
import { epochCounts } from './epoch-counts.ts'
import { parseOptions } from './options.ts'
import { runCase, takeTurns } from './rounds.ts'
import { measureLanes } from './stretch.ts'

function counting(order: string[], name: string, more: Partial<Contender> = {}): Contender {
  return { ...more, sample: async () => { order.push(name); return { auPercent: order.length } } }
}

const never = new AbortController().signal

test('contenders take turns, every second round backwards', async () => {
  const order: string[] = []
  const samples = await takeTurns({ a: counting(order, 'a'), b: counting(order, 'b') }, 3, { tell: () => {}, signal: never })
  assert.equal(order.join(''), 'abbaab')
  assert.deepEqual(samples['a'], [{ auPercent: 1 }, { auPercent: 4 }, { auPercent: 5 }])
})

function caseOf(order: string[]): Case {
  return {
    name: 'case',
    rows: [
      { name: 'case: a', measure: 'auPercent', ours: 'a' },
      { name: 'case: a / b', measure: 'auPercent', ours: 'a', against: 'b' },
      { name: 'case: a / c', measure: 'auPercent', ours: 'a', against: 'c' },
    ],
    open: async () => {
      order.push('open ')
      return { contenders: { a: counting(order, 'a'), b: counting(order, 'b'), c: counting(order, 'c', { needs: 'wrk' }) }, close: async () => { order.push(' close') } }
    },
  }
}

const picks: readonly (readonly [only: string, order: string, skipped: number | undefined])[] = [
  ['nothing', '', undefined], ['', 'open ab close', 1], ['a / b', 'open ab close', 0], ['a / c', 'open  close', 1],
]
for (const [only, expected, skipped] of picks) {
  test(`rows with "${only}" ask only who is in them, and only when their tools are there`, async () => {
    const order: string[] = []
    const result = await runCase(caseOf(order), { rounds: 1, only, tools: {}, tell: () => {}, signal: never })
    assert.equal(order.join(''), expected)
    assert.equal(result?.outcomes.filter((outcome) => outcome.skipped === 'wrk is not installed').length, skipped)
  })
}

test('a case is closed when a contender fails', async () => {
  const order: string[] = []
  const broken: Case = { ...caseOf(order), open: async () => ({ contenders: { a: { sample: () => Promise.reject(new Error('broken')) } }, close: async () => { order.push('close') } }), rows: [{ name: 'a', measure: 'auPercent', ours: 'a' }] }
  await assert.rejects(runCase(broken, { rounds: 1, only: '', tools: {}, tell: () => {}, signal: never }), /broken/)
  assert.deepEqual(order, ['close'])
})

test('a case is asked in no more rounds than it has', async () => {
  const order: string[] = []
  const result = await runCase({ ...caseOf(order), mostRounds: 2 }, { rounds: 5, only: 'a / b', tools: {}, tell: () => {}, signal: never })
  assert.equal(order.join(''), 'open abba close')
  assert.deepEqual(result?.outcomes.map(({ row }) => row.name), ['case: a / b'])
})

for (const [failing, samples] of [[false, { a: 1, b: 0 }], [true, { a: 0, b: 0 }]] as const) {
  test(`a case that is broken off ${failing ? 'by ending what was running' : 'between two'} has the samples until then and no row that is not done`, async () => {
    const stop = new AbortController()
    const stopping: Contender = { sample: async () => {
      stop.abort()
      if (failing) throw new Error('ended')
      return { auPercent: 1 }
    } }
    const broken: Case = { ...caseOf([]), open: async () => ({ contenders: { a: stopping, b: counting([], 'b'), c: counting([], 'c', { needs: 'wrk' }) } }) }
    const plan = { rounds: 1, only: '', tools: {}, tell: () => {}, signal: stop.signal }
    const result = await runCase(broken, plan)
    assert.deepEqual(Object.fromEntries(Object.entries(result!.samples).map(([name, list]) => [name, list.length])), samples)
    assert.deepEqual(result!.outcomes.map(({ row, skipped }) => [row.name, skipped]), [...(failing ? [] : [['case: a', undefined]]), ['case: a / c', 'wrk is not installed']])
    assert.equal(await runCase(broken, plan), undefined)
  })
}

test('lanes add up what each request gave, however they overlap', async () => {
  let made = 0
  const lane = async (): Promise<number> => {
    made++
    await new Promise((resolve) => { setImmediate(resolve) })
    return 3
  }
  const { requests, bytes } = await measureLanes([lane, lane, lane], 0.05)
  assert.ok(requests > 0 && requests < made, 'the warm-up does not count')
  assert.equal(bytes, 3 * requests)
})

function epoch(number: number, begin: number, cpu: number): RunEvent[] {
  return [
    { type: 'epoch-begin', epoch: number, at: begin, stepsExpected: 1 },
    { type: 'batch', phase: 'train', epoch: number, rank: 0, step: 1, sampleRuns: [0, 2], bytes: 100, objects: 2, thread: 1, beginAt: begin, endAt: begin, fetch: 0, decode: 0, retries: 0, errors: 0, firstByte: [], total: [] },
    { type: 'epoch-end', epoch: number, at: begin + 1e9, rssBytes: 0, heapUsedBytes: 0 },
    { type: 'health', at: begin + 1e9, clientCpuSeconds: cpu, rssBytes: 0, loopDelayP99Seconds: 0 },
  ]
}

test('a run is measured from the end of its first epoch to the end of its last, pauses between them left out', () => {
  const before: RunEvent = { type: 'health', at: 0, clientCpuSeconds: 0.5, rssBytes: 0, loopDelayP99Seconds: 0 }
  assert.deepEqual(epochCounts([before, ...epoch(1, 1e9, 2), ...epoch(2, 3e9, 2.5)]), { requests: 2, bytes: 100, wallSeconds: 1, cpuSeconds: 0.5 })
  assert.deepEqual(epochCounts([before, ...epoch(1, 1e9, 2), ...epoch(2, 3e9, 2.5), ...epoch(3, 5e9, 3)]), { requests: 4, bytes: 200, wallSeconds: 2, cpuSeconds: 1 })
  for (const missing of [[], [before], [before, ...epoch(1, 1e9, 2)], epoch(2, 3e9, 2), [before, ...epoch(1, 1e9, 2), ...epoch(2, 3e9, 2.5).slice(0, -1)]]) assert.throws(() => epochCounts(missing), /has no second epoch/)
})

test('flags', () => {
  assert.deepEqual(parseOptions([]), { rounds: 5, seconds: 2, only: '', without: [], profile: false, files: [] })
  assert.deepEqual(parseOptions(['--rounds', '1', '--seconds=0.5', '--only', 'GET', '--json', 'x.json', '--without', 'wrk', '--without', 'nginx']), { rounds: 1, seconds: 0.5, only: 'GET', without: ['wrk', 'nginx'], profile: false, files: [], json: 'x.json' })
  assert.deepEqual(parseOptions(['--profile', 'a', 'b']).files, ['a', 'b'])
  for (const wrong of [['--rounds', '0'], ['--rounds', '1.5'], ['--seconds', '0'], ['--seconds', 'x'], ['--nothing'], ['--without', 'x'], ['file']]) assert.throws(() => parseOptions(wrong), Error, wrong.join(' '))
})

for (const [line, seconds] of [['0m0.00s 0m0.00s', 0], ['0m1.50s 0m0.25s', 1.75], ['2m0.000s 1m1.5s', 181.5]] as const) {
  test(`CPU time of "${line}"`, () => { assert.equal(shellSeconds(line), seconds) })
}

test('what is no CPU time is not taken for one', () => { assert.throws(() => shellSeconds(''), /not what times prints/) })
