import { test } from 'node:test'
import assert from 'node:assert/strict'
import { dateText, fixed, float, pythonJson, PythonPairs } from '../../src/report/dlio/python-text.ts'
import { runBegin } from '../metrics/synthetic-run.ts'

process.env['TZ'] = 'UTC'

// As CPython 3.11 prints them.
const floats: readonly (readonly [number | undefined, string])[] = [
  [0, '0.0'], [-0, '-0.0'], [1, '1.0'], [-2, '-2.0'], [0.1, '0.1'], [0.0001, '0.0001'], [0.00012345, '0.00012345'], [0.00009, '9e-05'], [3.0517578125e-5, '3.0517578125e-05'],
  [7.450580596923828e-9, '7.450580596923828e-09'], [123456.789, '123456.789'], [1e15, '1000000000000000.0'], [1e16, '1e+16'], [1.5e300, '1.5e+300'], [5e-324, '5e-324'],
  [0.0016751289367675781, '0.0016751289367675781'], [-13992.673894912426, '-13992.673894912426'], [NaN, 'null'], [Infinity, 'null'], [-Infinity, 'null'], [undefined, 'null'],
]
for (const [value, text] of floats) {
  test(`float ${value} is ${text}`, () => { assert.equal(pythonJson(float(value)), text) })
}

test('floats read back as they were, a thousand of them', () => {
  for (let i = 1; i <= 1000; i++) {
    const value = Math.sin(i) * 10 ** (i % 40 - 20)
    assert.equal(Number(pythonJson(float(value))), value)
  }
})

test('JSON as json.dump(…, indent=4) writes it', () => {
  assert.equal(pythonJson({}), '{}')
  assert.equal(pythonJson([]), '[]')
  assert.equal(pythonJson({ a: 1, gone: undefined, b: [float(1), 'x'], c: {} }), '{\n    "a": 1,\n    "b": [\n        1.0,\n        "x"\n    ],\n    "c": {}\n}')
  assert.equal(pythonJson({ name: 'Zürich "1" — 😀' }), '{\n    "name": "Z\\u00fcrich \\"1\\" \\u2014 \\ud83d\\ude00"\n}')
  assert.equal(pythonJson({ count: NaN }), '{\n    "count": null\n}')
})

test('keys that look like integers stay where they were put', () => {
  assert.equal(pythonJson(new PythonPairs([['host', 'a'], ['2', 1], ['1', 2]])), '{\n    "host": "a",\n    "2": 1,\n    "1": 2\n}')
})

const dates: readonly (readonly [string, number, string])[] = [
  ['2026-11-22T21:30:00Z', 0, '2026-11-22T21:30:00.000000'], ['2026-11-22T21:30:00.25Z', 1e3, '2026-11-22T21:30:00.250001'], ['2026-11-22T21:30:00.123456789Z', 999, '2026-11-22T21:30:00.123457'],
  ['2026-12-31T23:59:59.999999Z', 1e3, '2027-01-01T00:00:00.000000'], ['2026-11-22T23:30:00.000001+02:00', 0, '2026-11-22T21:30:00.000001'],
]
for (const [wallStart, nanoseconds, text] of dates) {
  test(`${wallStart} and ${nanoseconds} ns is ${text}`, () => {
    const run = runBegin({ wallStart })
    assert.equal(dateText(run, run.at + nanoseconds), text)
  })
}

for (const [value, decimals, text] of [[undefined, 4, 'nan'], [NaN, 2, 'nan'], [0, 4, '0.0000'], [93.05051, 4, '93.0505'], [-1.5, 0, '-2']] as const) {
  test(`${value} to ${decimals} decimals is ${text}`, () => { assert.equal(fixed(value, decimals), text) })
}
