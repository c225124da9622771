import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Barrier } from '../../src/train/barrier.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'

let now = 0
const clock = { now: () => ++now }

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

for (const parties of [1, 2, 5]) {
  test(`${parties} parties go on together, again and again`, async () => {
    const completions: number[] = []
    const passed: number[] = []
    const barrier = new Barrier(parties, clock, async () => { completions.push(passed.length) })
    const { signal } = new AbortController()
    for (let round = 1; round <= 3; round++) {
      const early = Array.from({ length: parties - 1 }, async () => { await barrier.arrive(signal); passed.push(round) })
      await turn()
      assert.equal(passed.length, (round - 1) * parties)
      await barrier.arrive(signal)
      passed.push(round)
      await Promise.all(early)
    }
    assert.deepEqual(completions, [0, parties, 2 * parties])
  })
}

test('an abort frees those who wait, with its reason, and leaves the barrier usable', async () => {
  const barrier = new Barrier(2, clock)
  const controller = new AbortController()
  const waiting = assert.rejects(barrier.arrive(controller.signal), (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT')
  controller.abort(abortedFault('SIGINT'))
  await waiting
  const { signal } = new AbortController()
  await Promise.all([barrier.arrive(signal), barrier.arrive(signal)])
})

test('when the last meeting fails, all fail', async () => {
  const barrier = new Barrier(2, clock, async () => { throw abortedFault() })
  const { signal } = new AbortController()
  const outcomes = await Promise.allSettled([barrier.arrive(signal), barrier.arrive(signal)])
  assert.deepEqual(outcomes.map((outcome) => outcome.status), ['rejected', 'rejected'])
})

test('all parties hear of the same moment: when the last one came', async () => {
  const barrier = new Barrier(3, clock)
  const { signal } = new AbortController()
  const early = [barrier.arrive(signal), barrier.arrive(signal)]
  await turn()
  const before = clock.now()
  const last = await barrier.arrive(signal)
  assert.equal(last, before + 1)
  assert.deepEqual(await Promise.all(early), [last, last])
})
