import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { LaneContent, stampEvery } from '../../src/bench/content.ts'

const seed = 5

/** A copy, of what is given at once or as a stream. */
async function copyOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

for (const size of [0, 1, 7, 8, 4095, 4096, 4097, 65536, 100_000]) {
  test(`content of ${size} bytes has that size, is repeatable, and differs from seed to seed`, async () => {
    const contentOf = (of: number): Promise<Buffer> => copyOf(new LaneContent(of, 3, size).next(size))
    const bytes = await contentOf(seed)
    assert.equal(bytes.length, size)
    assert.deepEqual(await contentOf(seed), bytes)
    if (size > 32) assert.notDeepEqual(await contentOf(seed + 1), bytes)
  })
}

test('no block of 4 KiB is in two requests or two lanes', async () => {
  const seen = new Set<string>()
  const size = 5 * stampEvery
  for (const lane of [0, 1, 2]) {
    const content = new LaneContent(seed, lane, size)
    for (let request = 0; request < 10; request++) {
      const bytes = await copyOf(content.next(size))
      for (let at = 0; at < size; at += stampEvery) seen.add(bytes.toString('latin1', at, at + stampEvery))
    }
  }
  assert.equal(seen.size, 3 * 10 * 5)
})

test('it cannot be compressed', async () => {
  const size = 1024 * 1024
  const content = new LaneContent(seed, 0, size)
  content.next(size)
  assert.ok(deflateRawSync(await copyOf(content.next(size))).length > 0.995 * size)
})

test('a shorter object is the begin of the memory', async () => {
  const content = new LaneContent(seed, 0, 10_000)
  assert.equal((await copyOf(content.next(100))).length, 100)
  assert.equal((await copyOf(content.next(10_000))).length, 10_000)
})

const memory = 2 * 1024 * 1024 + 3 * stampEvery
for (const size of [memory + 1, memory + 8, 2 * memory - 1, 2 * memory, 3 * memory + 100_001]) {
  test(`${size} bytes from ${memory} bytes of memory: the exact length, repeatable, no block twice`, async () => {
    const make = async (): Promise<readonly Buffer[]> => {
      const content = new LaneContent(seed, 1, memory)
      return [await copyOf(content.next(5000)), await copyOf(content.next(size)), await copyOf(content.next(size)), await copyOf(content.next(memory))]
    }
    const objects = await make()
    assert.deepEqual(objects.map(({ length }) => length), [5000, size, size, memory])
    assert.ok((await make()).every((object, i) => object.equals(objects[i]!)))
    const blocks = objects.flatMap((bytes) => Array.from({ length: Math.floor(bytes.length / stampEvery) }, (_, i) => bytes.toString('latin1', i * stampEvery, (i + 1) * stampEvery)))
    assert.equal(new Set(blocks).size, blocks.length)
  })
}

test('a stream that is left has used up its numbers, so what follows is the same', async () => {
  const size = 3 * stampEvery
  const after = async (isLeft: boolean): Promise<Buffer> => {
    const content = new LaneContent(seed, 1, stampEvery)
    const stream = content.next(size)
    if (!isLeft) await copyOf(stream)
    return await copyOf(content.next(size))
  }
  assert.deepEqual(await after(true), await after(false))
})
