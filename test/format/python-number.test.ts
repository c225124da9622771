import assert from 'node:assert/strict'
import { test } from 'node:test'

import { pythonFloat, pythonFloat16, pythonFloat32 } from '../../src/format/python-number.ts'
import { float16 } from '../../src/format/tensor-values.ts'

for (const [value, text] of [
  [0, '0.0'], [-0, '-0.0'], [1, '1.0'], [-1.5, '-1.5'], [0.1, '0.1'], [1e-4, '0.0001'], [1e-5, '1e-05'], [1.5e-7, '1.5e-07'], [1e15, '1000000000000000.0'], [1e16, '1e+16'],
  [123_456_789_012_345_680, '1.2345678901234568e+17'], [1e22, '1e+22'], [1e100, '1e+100'], [5e-324, '5e-324'], [Infinity, 'inf'], [-Infinity, '-inf'], [Number.NaN, ''],
] as const) {
  test(`${Object.is(value, -0) ? '-0' : value} is "${text}"`, () => { assert.equal(pythonFloat(value), text) })
}

for (const [value, text] of [[0.1, '0.1'], [1 / 3, '0.33333334'], [1e-7, '1e-07'], [16_777_216, '16777216.0'], [1.1754944e-38, '1.1754944e-38'], [1e20, '1e+20']] as const) {
  test(`float32 ${value} is "${text}"`, () => { assert.equal(pythonFloat32(Math.fround(value)), text) })
}

for (const [bits, text] of [[0x0000, '0.0'], [0x3c01, '1.001'], [0x2e66, '0.1'], [0x3fff, '1.999'], [0x0001, '6e-08'], [0x7bff, '65500.0'], [0xfc00, '-inf'], [0x3555, '0.3333']] as const) {
  test(`float16 0x${bits.toString(16)} is "${text}"`, () => { assert.equal(pythonFloat16(float16(bits)), text) })
}
