import assert from 'node:assert/strict'
import test from 'node:test'
import { compareKeys, KeyIndex } from '../../src/server/key-index.ts'
import { listPage, type ListingPage, type ListingQuery } from '../../src/server/listing.ts'

/** Numbers in [0, 1) from a seed. Source: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const orders: [a: string, b: string][] = [
  ['', 'a'], ['a', 'aa'], ['a', 'b'], ['a/', 'a0'], ['Z', 'a'], ['a', 'é'], ['é', '\uffff'], ['\ue000', '😀'], ['\uffff', '😀'], ['😀', '😁'], ['a\ud7ff', 'a😀'],
]
for (const [a, b] of orders) {
  test(`${JSON.stringify(a)} comes before ${JSON.stringify(b)}, as in UTF-8`, () => {
    assert.ok(compareKeys(a, b) < 0 && compareKeys(b, a) > 0 && compareKeys(a, a) === 0)
    assert.ok(byBytes(a, b) < 0)
  })
}

function indexOf(keys: Iterable<string>): KeyIndex<string> {
  const index = new KeyIndex<string>()
  for (const key of keys) index.set(key, key)
  return index
}

const alphabet = ['a', 'b', '/', '/', '-', 'é', '\uffee', '😀']

function randomKey(next: () => number): string {
  return Array.from({ length: 1 + Math.floor(next() * 6) }, () => alphabet[Math.floor(next() * alphabet.length)]!).join('')
}

test('the index is in order after any changes', () => {
  const next = random(7)
  const index = new KeyIndex<string>()
  const model = new Set<string>()
  for (let round = 0; round < 400; round++) {
    for (let i = 0; i < 1 + next() * 5; i++) {
      const key = randomKey(next)
      if (next() < 0.4) { assert.equal(index.delete(key), model.delete(key)) } else { index.set(key, key); model.add(key) }
    }
    assert.deepEqual(index.order().filter((key) => index.get(key) !== undefined), [...model].toSorted(byBytes))
    assert.equal(index.size, model.size)
  }
})

/** The listing as its definition reads: all rows, those behind `after`, the first `maxKeys` of them. */
function naive(keys: Iterable<string>, { prefix, delimiter, after, maxKeys }: ListingQuery): { rows: string[]; cut: boolean } {
  const rows = new Set<string>()
  for (const key of [...keys].toSorted(byBytes)) {
    if (!key.startsWith(prefix)) continue
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    rows.add(at < 0 ? key : `${key.slice(0, at)}${delimiter}`)
  }
  const behind = [...rows].filter((row) => byBytes(row, after) > 0)
  return { rows: behind.slice(0, maxKeys), cut: maxKeys > 0 && behind.length > maxKeys }
}

for (const seed of [1, 2, 3, 4]) {
  test(`pages are those of the naive model, seed ${seed}`, () => {
    const next = random(seed)
    const keys = new Set(Array.from({ length: 300 }, () => randomKey(next)))
    const index = indexOf(keys)
    for (let i = 0; i < 400; i++) {
      const query: ListingQuery = {
        prefix: next() < 0.5 ? '' : randomKey(next).slice(0, 2), delimiter: ['', '/', '-', '//', 'a'][Math.floor(next() * 5)]!,
        after: next() < 0.4 ? '' : randomKey(next), maxKeys: [0, 1, 2, 7, 1000][Math.floor(next() * 5)]!,
      }
      const { entries, commonPrefixes, next: more } = listPage(index, query)
      const expected = naive(keys, query)
      assert.deepEqual([...entries, ...commonPrefixes].toSorted(byBytes), expected.rows, JSON.stringify(query))
      assert.equal(more, expected.cut ? expected.rows.at(-1) : undefined, JSON.stringify(query))
    }
  })

  test(`page after page gives every row once, seed ${seed}`, () => {
    const next = random(seed)
    const keys = new Set(Array.from({ length: 200 }, () => randomKey(next)))
    const index = indexOf(keys)
    for (const delimiter of ['', '/', '//']) {
      for (const maxKeys of [1, 3, 199, 200]) {
        const rows: string[] = []
        for (let after: string | undefined = ''; after !== undefined;) {
          const page: ListingPage<string> = listPage(index, { prefix: '', delimiter, after, maxKeys })
          rows.push(...[...page.entries, ...page.commonPrefixes].toSorted(byBytes))
          after = page.next
        }
        assert.deepEqual(rows, naive(keys, { prefix: '', delimiter, after: '', maxKeys: 1000 }).rows)
      }
    }
  })
}

test('an empty index has an empty page', () => {
  assert.deepEqual(listPage(indexOf([]), { prefix: '', delimiter: '/', after: '', maxKeys: 10 }), { entries: [], commonPrefixes: [], next: undefined })
})
