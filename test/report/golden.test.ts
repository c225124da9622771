// Each event log of test/golden becomes the reports beside it, letter by letter. UPDATE_GOLDEN=1 writes both anew.

import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { eventLine, parseEventLog } from '../../src/metrics/event-log.ts'
import { foldEvents } from '../../src/metrics/fold.ts'
import { dlioFiles } from '../../src/report/dlio/dlio-files.ts'
import { jsonReport } from '../../src/report/json.ts'
import type { ReportFile } from '../../src/report/report.ts'
import { textReport } from '../../src/report/text.ts'
import { repoRoot } from '../support/root.ts'
import { goldenCases, type GoldenCase } from './golden-cases.ts'

process.env['TZ'] = 'UTC'

const folder = path.join(repoRoot, 'test', 'golden')
const options = { command: 'dlio-s3 run unet3d --target s3://lab-bucket/unet3d --seed 42', environment: { node: 'v20.19.0', platform: 'linux x64', cpu_model: 'Example CPU' }, files: ['results/result.json', 'results/report.txt'] }

function rendered(golden: GoldenCase, events: string): readonly ReportFile[] {
  const summary = foldEvents(parseEventLog(events), golden.settings)
  const files = [
    { name: 'report.txt', text: textReport.render(summary, options) }, { name: 'result.json', text: jsonReport.render(summary, options) },
    ...dlioFiles(summary, golden.facts).map(({ name, text }) => ({ name: `dlio/${name}`, text })),
  ]
  return files.filter(({ name }) => golden.only?.includes(name) ?? true)
}

function logOf(golden: GoldenCase): string {
  return path.join(folder, `${golden.name}.events.jsonl`)
}

function update(golden: GoldenCase): void {
  const own = path.join(folder, golden.name)
  rmSync(own, { recursive: true, force: true })
  mkdirSync(path.join(own, 'dlio'), { recursive: true })
  const events = golden.events().map(eventLine).join('')
  if (!golden.only) writeFileSync(logOf(golden), events)
  for (const { name, text } of rendered(golden, events)) writeFileSync(path.join(own, name), text)
}

for (const golden of goldenCases) {
  suite(golden.name, () => {
    if (process.env['UPDATE_GOLDEN'] === '1') update(golden)
    const own = path.join(folder, golden.name)
    const files = rendered(golden, golden.only ? golden.events().map(eventLine).join('') : readFileSync(logOf(golden), 'utf8'))
    for (const { name, text } of files) {
      test(name, () => { assert.equal(text, readFileSync(path.join(own, name), 'utf8')) })
    }
    test('there are no other files', () => {
      const found = [...readdirSync(own).filter((name) => name !== 'dlio'), ...readdirSync(path.join(own, 'dlio')).map((name) => `dlio/${name}`)]
      assert.deepEqual(found.toSorted(), files.map((file) => file.name).toSorted())
    })
    test('JSON is strict JSON: no NaN, no Infinity', () => {
      for (const { name, text } of files) if (name.endsWith('.json')) assert.doesNotThrow(() => { JSON.parse(text) }, name)
    })
  })
}
