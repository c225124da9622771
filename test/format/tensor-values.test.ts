import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inspectionJson, sampleJson } from '../../src/format/inspection.ts'
import { crc32Hex, float16, headValues, packedBytes, valuesBetween } from '../../src/format/tensor-values.ts'
import { itemSizes, packedStrides, type DType, type Tensor } from '../../src/format/tensor.ts'

function packed(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  return { dtype, shape, strides: packedStrides(shape, itemSizes[dtype]), bytes, offset: 0 }
}

function hex(text: string): Uint8Array { return Uint8Array.from(Buffer.from(text, 'hex')) }

for (const [dtype, bytes, values] of [
  ['bool', '0001ff', [false, true, true]],
  ['int8', '007f80ff', [0, 127, -128, -1]],
  ['uint8', '00ff', [0, 255]],
  ['int16', '0080ff7f', [-32768, 32767]],
  ['uint16', 'ffff', [65535]],
  ['int32', '00000080', [-2147483648]],
  ['uint32', 'ffffffff', [4294967295]],
  ['int64', 'ffffffffffffffff00000000000020000000000000000080', [-1, '9007199254740992', '-9223372036854775808']],
  ['uint64', 'ffffffffffff1f00ffffffffffffffff', [9007199254740991, '18446744073709551615']],
  ['float16', '0000003c00c00100ff7b007c00fc017e', [0, 1, -2, 2 ** -24, 65504, 'Infinity', '-Infinity', 'NaN']],
  ['float32', '0000c03f0000c07f0000807f', [1.5, 'NaN', 'Infinity']],
  ['float64', '000000000000f87f9a9999999999b93f', ['NaN', 0.1]],
  ['complex64', '0000803f0000807f', [[1, 'Infinity']]],
  ['complex128', '000000000000f03f00000000000000c0', [[1, -2]]],
] as const) {
  test(`values of ${dtype}`, () => {
    const data = hex(bytes)
    const tensor = packed(dtype, [data.length / itemSizes[dtype]], data)
    assert.deepEqual(headValues(tensor), values)
    assert.deepEqual(headValues(tensor, 1), values.slice(0, 1))
    assert.deepEqual(headValues(tensor, 0), [])
  })
}

test('every float16 is what its bits say', () => {
  for (let bits = 0; bits < 0x8000; bits++) {
    const exponent = bits >> 10
    const fraction = (bits & 0x3ff) / 1024
    const expected = exponent === 31 ? (fraction === 0 ? Infinity : Number.NaN) : exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15)
    assert.ok(Object.is(float16(bits), expected) && Object.is(float16(bits | 0x8000), -expected), bits.toString(16))
  }
})

/** Element [i, j, k] of shape (3, 4, 5) holds the number 20 i + 5 j + k in its first byte, in any layout. */
function numbered(dtype: DType, axes: readonly [number, number, number], unaligned: number): Tensor {
  const shape = [3, 4, 5]
  const itemSize = itemSizes[dtype]
  const strides = [0, 0, 0]
  let step = itemSize
  for (const axis of axes) { strides[axis] = step; step *= shape[axis]! }
  const bytes = new Uint8Array(step + unaligned)
  for (let n = 0; n < 60; n++) {
    const at = unaligned + Math.floor(n / 20) * strides[0]! + (Math.floor(n / 5) % 4) * strides[1]! + (n % 5) * strides[2]!
    bytes.fill(n, at, at + itemSize)
  }
  return { dtype, shape, strides, bytes, offset: unaligned }
}

for (const dtype of ['uint8', 'int16', 'float32', 'float64', 'complex128'] as const) {
  for (const axes of [[2, 1, 0], [0, 1, 2], [1, 0, 2], [2, 0, 1], [0, 2, 1]] as const) {
    for (const unaligned of [0, 1, 3]) {
      test(`${dtype}, fastest axes ${axes.join(',')}, ${unaligned} bytes off: packed in C order`, () => {
        const tensor = numbered(dtype, axes, unaligned)
        const expected = Buffer.alloc(60 * itemSizes[dtype])
        for (let n = 0; n < 60; n++) expected.fill(n, n * itemSizes[dtype], (n + 1) * itemSizes[dtype])
        assert.deepEqual(Buffer.from(packedBytes(tensor)), expected)
        assert.equal(packedBytes(tensor).buffer === tensor.bytes.buffer, axes[0] === 2 && axes[1] === 1, 'a view exactly when packed')
        if (dtype === 'uint8') assert.deepEqual(valuesBetween(tensor, 18, 23), [18, 19, 20, 21, 22])
      })
    }
  }
}

for (const shape of [[0], [3, 0], [0, 3]]) {
  test(`shape (${shape.join(', ')}) has no bytes`, () => {
    const tensor = packed('float32', shape, new Uint8Array(0))
    assert.equal(packedBytes(tensor).length, 0)
    assert.equal(crc32Hex(tensor), '00000000')
    assert.deepEqual(headValues(tensor), [])
  })
}

test('JSON of an inspection and of a sample', () => {
  const tensor = packed('uint8', [3], hex('010203'))
  const arrays = [{ name: 'x', dtype: 'uint8', shape: [3], fortranOrder: false, tensor }, { name: 'note', dtype: '<U3', shape: [] }]
  assert.deepEqual(inspectionJson('npz', 99, { numSamples: 3, arrays }), {
    format: 'npz', size: 99, num_samples: 3,
    arrays: [
      { name: 'x', dtype: 'uint8', shape: [3], fortran_order: false, bytes: 3, crc32: '55bc801d', head: [1, 2, 3] },
      { name: 'note', dtype: '<U3', shape: [] },
    ],
  })
  assert.deepEqual(sampleJson('npz', 99, { index: 2, numSamples: 5, tensor }), {
    format: 'npz', size: 99, num_samples: 5, sample: 2,
    arrays: [{ name: 'sample', dtype: 'uint8', shape: [3], bytes: 3, crc32: '55bc801d', head: [1, 2, 3] }],
  })
})
