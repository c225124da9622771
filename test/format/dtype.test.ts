import assert from 'node:assert/strict'
import { test } from 'node:test'

import { descrOf, elementType } from '../../src/format/dtype.ts'
import { itemSizes, type DType } from '../../src/format/tensor.ts'

for (const [descr, name, kind, itemSize, bigEndian] of [
  ['|b1', 'bool', 'number', 1, false],
  ['?', 'bool', 'number', 1, false],
  ['u1', 'uint8', 'number', 1, false],
  ['>u1', 'uint8', 'number', 1, false],
  ['<i2', 'int16', 'number', 2, false],
  ['=i4', 'int32', 'number', 4, false],
  ['>u8', 'uint64', 'number', 8, true],
  ['<f2', 'float16', 'number', 2, false],
  ['float32', 'float32', 'number', 4, false],
  ['>c16', 'complex128', 'number', 16, true],
  ['<f16', 'float128', 'wide', 16, false],
  ['<c32', 'complex256', 'wide', 32, false],
  ['|S0', '|S0', 'text', 0, false],
  ['|a3', '|S3', 'text', 3, false],
  ['<U7', '<U7', 'text', 28, false],
  ['<M8[ns]', 'datetime64[ns]', 'time', 8, false],
  ['<m8[25s]', 'timedelta64[25s]', 'time', 8, false],
  ['|V12', '|V12', 'structured', 12, false],
  ['|O', 'object', 'object', 8, false],
] as const) {
  test(`${descr} is ${name}`, () => {
    const type = elementType(descr)
    assert.deepEqual([type?.name, type?.kind, type?.itemSize, type?.bigEndian], [name, kind, itemSize, bigEndian])
    assert.equal(type?.dtype, kind === 'number' ? name : undefined)
  })
}

for (const descr of ['', '<', 'i', '<i0', '<i3', '<i16', '<q9', '|b2', '?1', '<f1', '<f', '<c4', '<f8[s]', '<M7', '<M8[', 'x4', '<i4 ', '<S-1', '1i4', 'toString', '<U9999999999']) {
  test(`"${descr}" is no element type`, () => { assert.equal(elementType(descr), undefined) })
}

test('what is written is read as the same type', () => {
  for (const dtype of Object.keys(itemSizes) as DType[]) assert.equal(elementType(descrOf(dtype))?.dtype, dtype)
})
