import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { contractKeys } from '../../src/metrics/contract.ts'
import { accelerators, busySlotShare, client, fewestWindowSteps, queueingRatio, tailRatio } from '../../src/metrics/limit.ts'
import { lateCompute, mlperf, slowFirstEpoch } from '../../src/metrics/notes.ts'
import { samplesNeeded } from '../../src/metrics/sample-statistics.ts'
import { countText } from '../../src/metrics/wording.ts'
import { repoRoot } from '../support/root.ts'

const text = readFileSync(path.join(repoRoot, 'docs', 'metrics.md'), 'utf8')
const rows = text.split('\n').filter((line) => line.startsWith('| '))

suite('docs/metrics.md', () => {
  for (const key of contractKeys) {
    test(`explains ${key} in one row`, () => {
      const own = rows.filter((row) => row.split('|').length === 5 && row.split('|')[1]!.includes(`\`${key}\``))
      assert.equal(own.length, 1)
    })
  }

  for (const [name, p] of [['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['p99.9', 0.999]] as const) {
    test(`${name} needs what the code needs`, () => { assert.ok(rows.includes(`| ${name} | ${countText(samplesNeeded(p))} |`)) })
  }

  const thresholds = [
    `fewer than ${fewestWindowSteps} steps × ranks`, `AU ≥ ${accelerators.auPercent} %, or data wait ≤ ${accelerators.dataWaitShare * 100} %`, `CPU ≥ ${client.cpuShare * 100} %`, `compute steps ≥ ${client.computeErrorPercent} % longer than asked`, `compute steps ${lateCompute} % too long`,
    `decode ≥ ${client.decodeShare * 100} %`, `median of the event-loop delay p99 > ${client.loopDelaySeconds * 1000} ms`, `slots < ${busySlotShare * 100} % of data wait`,
    `≥ ${tailRatio} × its median`, `< ${queueingRatio} × its minimum`, `fewer than ${mlperf.stepsPerEpoch} steps an epoch`, `below ${mlperf.hostMemoryMultiple} × client memory`, `below ${slowFirstEpoch * 100} %`,
  ]
  for (const threshold of thresholds) {
    test(`says "${threshold}"`, () => { assert.ok(rows.some((row) => row.includes(threshold))) })
  }
})
