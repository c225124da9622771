import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { StringTable, StringTableBuilder, stringTable, type StringTableParts } from '../../src/util/string-table.ts'

const tables: readonly (readonly [name: string, strings: readonly string[], prefix?: string])[] = [
  ['none', []],
  ['one empty string', ['']],
  ['one', ['a']],
  ['empty strings among others', ['', 'b', '', '', 'c', '']],
  ['around the length that is written at once', ['a'.repeat(127), 'a'.repeat(128), 'a'.repeat(129), `${'a'.repeat(127)}é`, `${'a'.repeat(200)}é`]],
  ['not ASCII', ['é', '日本語', '👩‍🚀', 'z\u0000z', 'ÿ']],
  ['a common prefix', ['data/train/a', 'data/train/', 'data/train/b/c'], 'data/train/'],
  ['longer than a chunk', ['x'.repeat(5000), 'y'.repeat(3 << 20), '日'.repeat(1 << 20), 'z']],
  ['5 000, over several chunks', Array.from({ length: 5000 }, (_, i) => `${'k'.repeat(i % 700)}${i}`)],
]

describe('StringTable', () => {
  for (const [name, strings, prefix] of tables) {
    test(`gives back what went in: ${name}`, () => {
      const table = stringTable(strings, prefix)
      assert.equal(table.length, strings.length)
      assert.deepEqual([...table], strings)
    })
  }

  for (const index of [-1, 3, 0.5, Number.NaN]) {
    test(`refuses index ${index} of 3`, () => { assert.throws(() => stringTable(['a', 'b', 'c']).get(index), RangeError) })
  }

  test('refuses a string without the prefix', () => {
    assert.throws(() => stringTable(['data/a', 'date/b'], 'data/'), RangeError)
  })

  test('its parts cross a thread by reference', () => {
    const table = stringTable(['a', 'bc'], '')
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(table.parts)
    const parts = (receiveMessageOnPort(port2) as { message: StringTableParts }).message
    assert.deepEqual([...new StringTable(parts)], ['a', 'bc'])
    table.parts.chunks[0]![0] = 'x'.charCodeAt(0)
    assert.equal(new StringTable(parts).get(0), 'x')
    port1.close()
  })

  for (const length of [0, 1, 3]) {
    test(`the first ${length} of 3`, () => { assert.deepEqual([...stringTable(['p/a', 'p/bb', 'p/'], 'p/').first(length)], ['p/a', 'p/bb', 'p/'].slice(0, length)) })
  }

  test('select takes strings in any order', () => {
    assert.deepEqual([...stringTable(['p/a', 'p/bb', 'p/', 'p/ccc'], 'p/').select(Uint32Array.of(3, 0, 2))], ['p/ccc', 'p/a', 'p/'])
    assert.deepEqual([...stringTable(['a']).select(new Uint32Array(0))], [])
  })
})

describe('StringTableBuilder', () => {
  test('half a million keys take their bytes and five more each', () => {
    const builder = new StringTableBuilder('data/train/')
    for (let i = 0; i < 500_000; i++) builder.push(`data/train/img_${String(i).padStart(6, '0')}_of_500000.npz`)
    const table = builder.build()
    const { chunks, starts } = table.parts
    assert.ok(chunks.reduce((sum, { length }) => sum + length, 0) < 500_000 * ('img_000000_of_500000.npz'.length + 1) + 2 ** 20)
    assert.equal(starts.byteLength, 2_000_000)
    for (const i of [0, 99_999, 250_000, 499_999]) assert.equal(table.get(i), `data/train/img_${String(i).padStart(6, '0')}_of_500000.npz`)
  })

  test('strings after one that has a chunk of its own', () => {
    const strings = ['x'.repeat(2 ** 20), '', 'y'.repeat(2 ** 20 - 1), 'z', 'é'.repeat(350_000), 'w']
    assert.deepEqual([...stringTable(strings)], strings)
  })
})
