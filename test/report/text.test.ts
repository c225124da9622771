import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { foldEvents } from '../../src/metrics/fold.ts'
import { resultDocument } from '../../src/report/json.ts'
import { textReport } from '../../src/report/text.ts'
import { bar, columns, paragraph, table, widthOf } from '../../src/report/text-layout.ts'
import { countText, counted, goalText } from '../../src/metrics/wording.ts'
import { settings, syntheticRun } from '../metrics/synthetic-run.ts'
import { goldenCases } from './golden-cases.ts'

const options = { command: 'dlio-s3 run unet3d', files: ['a', 'b'] }

for (const golden of goldenCases) {
  suite(golden.name, () => {
    const text = textReport.render(foldEvents(golden.events(), golden.settings), options)
    test('at most 80 columns, one word longer than that apart', () => {
      for (const line of text.split('\n')) assert.ok(widthOf(line) <= columns || !line.trim().includes(' '), line)
    })
    test('plain: no escape sequences, no NaN, no undefined, no blank at a line’s end, one newline at the end', () => {
      assert.doesNotMatch(text, /\p{Cc}(?<!\n)|NaN|undefined|Infinity| $/mu)
      assert.match(text, /[^\n]\n$/)
    })
    test('columns of the epoch table do not touch', () => {
      for (const line of text.split('\n').filter((row) => /^\d+ /.test(row))) assert.doesNotMatch(line, /[a-z]\d/)
    })
  })
}

/** Runs whose figures and names are as wide as they get. */
const wide: readonly (readonly [name: string, text: () => string])[] = [
  ['a goal that DLIO judges otherwise', () => textReport.render(foldEvents(syntheticRun({ epochs: 2, steps: 500, load: (_, step) => step === 1 ? 5000 : 1 }), settings({ auGoal: 0.9, excludeEndSteps: 490, embeddedServer: true, hostMemoryBytes: 2 ** 45 })), options)],
  ['a thousand epochs with evaluation', () => textReport.render(foldEvents(syntheticRun({ epochs: 1000, steps: 2, evalSteps: 1 }), settings({ auGoal: 0.9 })), options)],
  ['hours of fetching, slow steps', () => textReport.render(foldEvents(syntheticRun({ begin: { accelerators: 4 }, epochs: 2, steps: 3, evalSteps: 2, load: () => 5e6 }), settings({ auGoal: 0.925 })), options)],
  ['fast steps, an evaluation that has none', () => textReport.render(foldEvents(syntheticRun({ begin: { accelerators: 64 }, epochs: 1, steps: 30, compute: 0, load: () => 0.001 }).map((event) => event.type === 'dataset' ? { ...event, filesEval: 1, recordBytes: 2000 } : event), settings({ auGoal: 0.925 })), options)],
]
for (const [name, text] of wide) {
  test(`${name}: at most 80 columns, and columns apart`, () => {
    const lines = text().split('\n')
    for (const line of lines) assert.ok(widthOf(line) <= columns, line)
    // Where the columns after the first begin: each cell is to the right of a blank.
    for (const row of lines.filter((line) => /^\d+ /.test(line))) assert.equal([9, 16, 26, 34, 43, 53, 62, 71].map((begin) => row[begin]).join(''), ' '.repeat(8), row)
  })
}

const setupOf = (text: string): string => /Setup {6}([^]*?)\nAgain/.exec(text)![1]!.replaceAll(/\s+/g, ' ')

test('the setup says how large objects are read, and how much of the memory limit was used', () => {
  const events = syntheticRun({ epochs: 1, steps: 3 })
  assert.doesNotMatch(setupOf(textReport.render(foldEvents(events, settings()), options)), /ranges|at most/)
  const parted = events.map((event) => event.type === 'dataset' ? { ...event, partBytes: 10 * 2 ** 20, partsInFlight: 15 } : event.type === 'run-end' ? { ...event, peakInFlightBytes: 3 * 2 ** 20 } : event)
  assert.match(setupOf(textReport.render(foldEvents(parted, settings()), options)), /object reads by ranges of 10\.0 MiB, 15 of an object at a time · memory limit .*, at most 3\.00 MiB in flight · /)
})

test('the order: verdict, epochs, where time goes, latency, requests, limit, notes, setup, command, files', () => {
  const text = textReport.render(foldEvents(goldenCases[0]!.events(), goldenCases[0]!.settings), options)
  const places = ['FAIL', 'AU 89.1%', 'Epoch', 'Where a step', 'GET latency', 'Requests', 'Limit', 'Notes', 'Setup', 'Again', 'Files'].map((words) => text.indexOf(words))
  assert.ok(places.every((place) => place >= 0))
  assert.deepEqual(places, places.toSorted((a, b) => a - b))
})

for (const [index, words] of [['used', 'files from an index, not listed'], ['written', 'files listed into an index'], [undefined, undefined]] as const) {
  test(`an index that was ${index ?? 'not asked for'}: ${words ?? 'no word of it'}`, () => {
    const summary = foldEvents(syntheticRun({ epochs: 1, steps: 4 }).map((event) => event.type === 'dataset' && index ? { ...event, index } : event), settings())
    const text = textReport.render(summary, options).replaceAll(/\s+/g, ' ')
    if (words) assert.ok(text.includes(words), text)
    else assert.doesNotMatch(text, /index/)
    assert.equal((resultDocument(summary, options)['workload'] as { index?: string }).index, index)
  })
}

const verdicts = [
  ['DONE', {}, {}], ['PASS', { auGoal: 0.8 }, {}], ['FAIL', { auGoal: 0.99 }, {}], ['PARTIAL', { auGoal: 0.8 }, { status: 'interrupted' }], ['FAILED', { auGoal: 0.8 }, { status: 'failed' }],
  ['NOT JUDGED', { auGoal: 0.8, excludeStartSteps: 9 }, {}],
] as const
for (const [verdict, changes, end] of verdicts) {
  test(`${verdict} comes first: ${JSON.stringify(changes)} ${JSON.stringify(end)}`, () => {
    const summary = foldEvents(syntheticRun({ epochs: 1, steps: 4, end }), settings(changes))
    assert.ok(textReport.render(summary, options).startsWith(`${verdict}  unet3d on s3://`))
  })
}

for (const [label, text, lines] of [
  ['', '', ['']], ['A', 'b c', ['A          b c']], ['A', 'x'.repeat(90), [`A          ${'x'.repeat(90)}`]],
  ['A', `${'x'.repeat(60)} yyyyyyyy zz`, [`A          ${'x'.repeat(60)} yyyyyyyy`, '           zz']],
] as const) {
  test(`a paragraph of ${text.length} characters has ${lines.length} lines`, () => { assert.deepEqual(paragraph(label, text), lines) })
}

for (const [share, text] of [[0, ''], [0.001, '▏'], [0.5, '█████'], [1, '██████████'], [7, '██████████'], [-1, '']] as const) {
  test(`a bar of ${share} is "${text}"`, () => { assert.equal(bar(share, 10), text) })
}

test('what a store or a file name says cannot move the cursor or break a line', () => {
  assert.deepEqual(paragraph('A', 'b\u001b[2Jc\nd\te'), ['A          b [2Jc d e'])
})

test('tables: first column to the left, others to the right', () => {
  assert.deepEqual(table([['a', 'b'], ['cc', 'dd']], [3, 4]), ['a     b', 'cc   dd'])
})

test('tables: a cell that is too wide does not touch the one before it', () => {
  assert.deepEqual(table([['a', '1', '12345'], ['b', '12', '1']], [1, 2, 3]), ['a 1 12345', 'b 12  1'])
})

for (const [count, text] of [[0, '0 requests'], [1, '1 request'], [999, '999 requests'], [1000, '1 000 requests'], [1234567, '1 234 567 requests']] as const) {
  test(text, () => {
    assert.equal(counted(count, 'request'), text)
    assert.equal(`${countText(count)} request${count === 1 ? '' : 's'}`, text)
  })
}

for (const [percent, text] of [[90, '90%'], [92.5, '92.5%'], [0, '0%'], [100, '100%'], [70.00000000000001, '70%']] as const) {
  test(`a goal of ${percent} is ${text}`, () => { assert.equal(goalText(percent), text) })
}
