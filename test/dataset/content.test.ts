import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import test, { describe } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { Content, sampleBlock } from '../../src/dataset/content.ts'
import { itemSizes, type DType } from '../../src/format/tensor.ts'

/** The definition read literally: one AES block at a time, elements changed one by one. */
function reference({ seed, dtype, file, sample }: { seed: number; dtype: DType; file: number; sample: number }, length: number): Uint8Array {
  const key = createHash('sha256').update(`dlio-s3/content@1:${seed}`).digest().subarray(0, 16)
  const aes = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const stream = Buffer.concat(Array.from({ length: Math.ceil(length / 16) }, (_, block) => {
    const input = Buffer.alloc(16)
    input.writeUInt32BE(file, 0)
    input.writeUInt32BE(sample, 4)
    input.writeBigUInt64BE(BigInt(block), 8)
    return aes.update(input)
  })).subarray(0, length)
  const part = dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype
  for (let i = 0; i + itemSizes[part] <= length; i += itemSizes[part]) {
    if (part === 'bool') stream[i] = stream[i]! & 1
    if (part === 'float16') stream.writeUInt16LE(stream.readUInt16LE(i) & 0x03ff | 0x3c00, i)
    if (part === 'float32') stream.writeUInt32LE(stream.readUInt32LE(i) & 0x007fffff | 0x3f800000, i)
    if (part === 'float64') stream.writeBigUInt64LE(stream.readBigUInt64LE(i) & 0x000fffffffffffffn | 0x3ff0000000000000n, i)
  }
  return stream
}

const dtypes = Object.keys(itemSizes) as DType[]

describe('Content', () => {
  for (const dtype of dtypes) {
    test(`${dtype} is what the definition says`, () => {
      const into = new Uint8Array(512)
      new Content(42, dtype).fill(3, 1, 0, into)
      assert.deepEqual(Buffer.from(into), reference({ seed: 42, dtype, file: 3, sample: 1 }, 512))
    })
  }

  test('the first bytes of version 1, for ever', () => {
    const into = new Uint8Array(16)
    new Content(0, 'uint8').fill(0, 0, 0, into)
    assert.equal(Buffer.from(into).toString('hex'), 'a8d8e764445f3999ca491c705f68c4c1')
  })

  const whole = new Uint8Array(200_000)
  new Content(7, 'float64').fill(2 ** 32 - 1, 2 ** 32 - 1, 0, whole)
  for (const [offset, length] of [[0, 0], [0, 1], [1, 1], [15, 2], [16, 16], [7, 131_072], [65_535, 65_537], [199_999, 1], [200_000, 0]] as const) {
    test(`bytes ${offset} + ${length} are those of the whole`, () => {
      const memory = new Uint8Array(length + 3)
      const into = memory.subarray(3)
      new Content(7, 'float64').fill(2 ** 32 - 1, 2 ** 32 - 1, offset, into)
      assert.deepEqual(into, whole.subarray(offset, offset + length))
    })
  }

  test('an offset beyond 4 GiB', () => {
    const content = new Content(7, 'uint8')
    const far = new Uint8Array(64), near = new Uint8Array(64)
    content.fill(0, 0, 2 ** 45 + 5, far)
    content.fill(0, 0, 2 ** 45, near)
    assert.deepEqual(far.subarray(0, 59), near.subarray(5))
  })

  test('files, samples and seeds share nothing', () => {
    const seen = new Set<string>()
    for (const seed of [0, 1]) for (const file of [0, 1, 2]) for (const sample of [0, 1, 2]) {
      const into = new Uint8Array(4096)
      new Content(seed, 'uint8').fill(file, sample, 0, into)
      for (let i = 0; i < into.length; i += 16) seen.add(Buffer.from(into.subarray(i, i + 16)).toString('hex'))
    }
    assert.equal(seen.size, 2 * 3 * 3 * 256)
  })

  test('integers cannot be compressed, floats are finite', () => {
    const into = new Uint8Array(1 << 20)
    new Content(1, 'int16').fill(0, 0, 0, into)
    assert.ok(deflateRawSync(into).length >= into.length)
    new Content(1, 'float32').fill(0, 0, 0, into)
    const floats = new Float32Array(into.buffer)
    assert.ok(floats.every((value) => value >= 1 && value < 2))
    const mean = floats.reduce((sum, value) => sum + value, 0) / floats.length
    assert.ok(Math.abs(mean - 1.5) < 0.005, `mean ${mean}`)
  })
})

test('sampleBlock fills from its file', () => {
  const content = new Content(1, 'uint8')
  const block = sampleBlock(content, { fileIndex: 9, numSamples: 3, shape: [4, 4], dtype: 'uint8' })
  const got = new Uint8Array(16), wanted = new Uint8Array(16)
  block.fill(2, 0, got)
  content.fill(9, 2, 0, wanted)
  assert.deepEqual(got, wanted)
})
