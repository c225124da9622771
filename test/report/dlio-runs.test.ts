// Our DLIO files of a run that DLIO made, against the files that DLIO wrote of it: keys and their order, types, figures, log lines.

import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { foldEvents } from '../../src/metrics/fold.ts'
import { dlioFiles } from '../../src/report/dlio/dlio-files.ts'
import type { DlioFacts } from '../../src/report/dlio/facts.ts'
import { readFileSync } from 'node:fs'
import { fixture } from '../support/root.ts'
import { dlioBatchSize, dlioRunNames, eventsOf, readDlioRun, type DlioRun } from '../metrics/dlio-runs.ts'

process.env['TZ'] = 'UTC'

function factsOf(run: DlioRun): DlioFacts {
  return {
    generateData: false, train: true, evaluation: run.name.includes('eval'), checkpoint: run.name.includes('ckpt'),
    numFilesTrain: run.summary.num_files_train, numFilesEval: run.summary.num_files_eval, numSamplesPerFile: 1, recordLengthBytes: 4096,
    totalTrainingSteps: run.name === 'npz-total-steps' ? 3 : -1, epochs: 2, computationTime: "{'mean': 0.05}", au: 0.9, outputFolder: 'RUN_DIR/output', logLevel: 'info',
    hosts: [{ hostname: 'HOST', cpuCount: 2, processorName: '', memoryBytes: 23.540584564208984 * 2 ** 30, cpuinfo: {}, meminfo: {} }],
  }
}

for (const name of dlioRunNames()) {
  suite(name, () => {
    const run = readDlioRun(name)
    const summary = foldEvents(eventsOf(run), { excludeStartSteps: 1, excludeEndSteps: 0, batchSize: dlioBatchSize, batchSizeEval: dlioBatchSize })
    const files = dlioFiles(summary, factsOf(run))

    for (const { name: file, text } of files.filter((own) => own.name.endsWith('.json'))) {
      test(`${file}: DLIO's keys in DLIO's order, its types and its figures`, () => {
        const theirs = readFileSync(fixture('dlio-runs', name, file), 'utf8')
        assertSame(without(withTypes(text), 'dlio_s3'), withoutCheckpoints(withTypes(theirs)), file)
      })
      test(`${file}: indented as DLIO's, without a newline at the end`, () => { assert.match(text, /^\{\n {4}"[\s\S]*[^ ]\n\}$/) })
    }

    test('every file of DLIO is there', () => {
      const ranks = run.outputs.flatMap((_, rank) => [`${rank}_output.json`, `${rank}_per_epoch_stats.json`])
      assert.deepEqual(files.map((file) => file.name), ['dlio.log', 'summary.json', ...ranks])
    })

    const ownLog = files[0]!.text
    test('dlio.log: OUTPUT and METRIC lines as DLIO has them, figures included', () => {
      assert.deepEqual(comparable(ownLog, /^\[(OUTPUT|METRIC)\]|^$/), comparable(run.log, /^\[(OUTPUT|METRIC)\]|^$/))
    })
    test('dlio.log: INFO and WARNING lines, whatever their order between ranks', () => {
      assert.deepEqual(comparable(ownLog, /^\[(INFO|WARNING)\]/).toSorted(), comparable(run.log, /^\[(INFO|WARNING)\]/).toSorted())
    })
    test('dlio.log: the default level leaves INFO out', () => {
      const warnings = dlioFiles(summary, { ...factsOf(run), logLevel: 'warning' })[0]!.text
      assert.deepEqual([/^\[INFO\]/m.test(warnings), /^\[OUTPUT\]/m.test(warnings)], [false, true])
    })
  })
}

/** Parsed with floats told from integers: [float] in a wrapper. Order of keys that are integers is that of their numbers in both. */
function withTypes(text: string): unknown {
  const marked = text.replaceAll(/(?<=[\s[:])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=[,\s\]}])/g, (number) => /[.e]/.test(number) ? `{"float": ${number}}` : number)
  return JSON.parse(marked) as unknown
}

function without(value: unknown, key: string): unknown {
  return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== key))
}

/** The event log does not say anything about checkpoints yet: their own entries are DLIO's alone. */
function withoutCheckpoints(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(withoutCheckpoints)
  return Object.fromEntries(Object.entries(value).filter(([key]) => !/^(save|load)_ckpt\d|checkpoint_/.test(key)).map(([key, item]) => [key, withoutCheckpoints(item)]))
}

/** Events have whole nanoseconds, and blocks are as short as 0.3 ms: figures agree to 5e-6, times to 1 µs; for dates see dlio-runs.ts. */
function assertSame(actual: unknown, expected: unknown, where: string): void {
  if (expected !== null && typeof expected === 'object' && 'float' in expected) {
    const [own, theirs] = [(actual as { float?: number }).float, expected.float as number]
    assert.ok(own !== undefined && Math.abs(own - theirs) <= 5e-6 * Math.abs(theirs) + 1e-6, `${where}: ${JSON.stringify(actual)} is not ${theirs}`)
    return
  }
  if (expected === null || typeof expected !== 'object') {
    if (/\.(start|end|duration)$/.test(where)) assertTime(String(actual), String(expected), where)
    else assert.equal(actual, expected, where)
    return
  }
  assert.deepEqual(Object.keys(actual as object), Object.keys(expected), `keys of ${where}`)
  for (const [key, value] of Object.entries(expected)) assertSame((actual as Record<string, unknown>)[key], value, `${where}.${key}`)
}

function assertTime(actual: string, expected: string, where: string): void {
  assert.equal(shape(actual), shape(expected), where)
  assert.ok(Math.abs(seconds(actual) - seconds(expected)) < 0.0105, `${where}: ${actual} is not ${expected}`)
}

function shape(text: string): string {
  return text.replaceAll(/\d/g, '0')
}

/** Of a date, or of a duration as text. */
function seconds(text: string): number {
  return text.includes('T') ? Date.parse(`${text}Z`) / 1000 : Number(text)
}

/** Lines of a level without dates and NumPy's names, durations to whole tenths, rates of empty blocks to whole numbers, and nothing about checkpoints. */
function comparable(log: string, level: RegExp): readonly string[] {
  return log.replace(/\n$/, '').split('\n').filter((line) => level.test(line) && !/checkpoint \d|checkpoint in|Total number of parameters|Model size|ptimizer state|checkpoint size|Layer states/.test(line))
    .map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+/, '<ts>').replace(/np\.float64\(([^)]*)\)/, '$1').replace(/completed in (\d+\.\d)\d s/, 'completed in $1 s').replace(/(-\d+)\.\d+$/, '$1'))
}
