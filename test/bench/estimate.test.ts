import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from './case.ts'
import { estimate, estimateText } from './estimate.ts'

const row = (name: string, ours: string, against?: string): Case['rows'][number] => ({ name, measure: 'auPercent', ours, ...(against === undefined ? {} : { against }) })
const plain: Case = { name: 'plain', rows: [row('plain: a', 'a'), row('plain: a / b', 'a', 'b'), row('plain: a / c', 'a', 'c')], open: () => assert.fail('nothing is opened for an estimate') }
const long: Case = { ...plain, name: 'long', rows: [row('long: a / b', 'a', 'b')], mostRounds: 2, sampleSeconds: 12, openSeconds: 7 }

const rows: readonly (readonly [cases: readonly Case[], only: string, samples: number, seconds: number])[] = [
  [[], '', 0, 0],
  [[plain], 'nothing', 0, 0],
  // Each contender once a round, however many rows it is in.
  [[plain], '', 9, 9 * 3],
  [[plain], 'a / b', 6, 6 * 3],
  [[long], '', 4, 7 + 4 * 13],
  [[plain, long], '', 13, 27 + 59],
  [[plain, long], 'long', 4, 59],
]
for (const [cases, only, samples, seconds] of rows) {
  test(`${cases.map(({ name }) => name).join(' and ') || 'no cases'} with --only "${only}", 3 rounds of 2 s: ${samples} samples, ${seconds} s`, () => {
    assert.deepEqual(estimate(cases, { rounds: 3, seconds: 2, only }), { samples, seconds })
  })
}

test('a case of few rounds takes part in fewer still where there are fewer', () => { assert.equal(estimate([long], { rounds: 1, seconds: 2, only: '' }).samples, 2) })

for (const [seconds, samples, text] of [[0, 0, 'about 0 s for 0 samples'], [2.4, 1, 'about 3 s for 1 sample'], [119, 40, 'about 119 s for 40 samples'], [119.6, 40, 'about 2 minutes for 40 samples'], [1000, 300, 'about 17 minutes for 300 samples']] as const) {
  test(`${seconds} s are ${text}`, () => { assert.equal(estimateText({ seconds, samples }), text) })
}
