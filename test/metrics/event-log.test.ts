import { test } from 'node:test'
import assert from 'node:assert/strict'
import { eventLine, parseEventLog } from '../../src/metrics/event-log.ts'
import { isFault } from '../../src/util/fault.ts'
import { syntheticRun } from './synthetic-run.ts'

const events = syntheticRun({ epochs: 1, steps: 2, evalSteps: 1, generated: true })
const text = events.map(eventLine).join('')

test('no text, no events', () => { assert.deepEqual(parseEventLog(''), []) })
test('lines come back as the events they were', () => { assert.deepEqual(parseEventLog(text), events) })
test('each event is one line', () => { assert.equal(text.split('\n').length, events.length + 1) })

for (const cut of [1, 5, 30]) {
  test(`a log cut off ${cut} characters before its end loses its last event only`, () => {
    const whole = cut === 1 ? events : events.slice(0, -1)
    assert.deepEqual(parseEventLog(text.slice(0, -cut)), whole)
  })
}

test('a damaged line in between is named', () => {
  assert.throws(() => parseEventLog(`${eventLine(events[0]!)}{"type":\n${eventLine(events[1]!)}`, 'run.jsonl'), (error) => isFault(error, 'usage') && error.info.line === 2 && error.info.file === 'run.jsonl')
})
