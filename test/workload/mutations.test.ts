// Whatever a file or an override holds, it loads or it is a 'usage' Fault: never an error of ours, never a hang.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import { listWorkloads, workloadText } from '../../src/workload/files.ts'
import { entries } from '../../src/workload/table.ts'
import { load } from './support.ts'

/** Marsaglia's xorshift32: the same numbers in each run. */
function randomInts(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const pieces = ['', ' ', '\n', '\t', ':', ': ', '- ', '#', '&a ', '*a', '<<: *a\n', '[', ']', '{', '}', '"', "'", '|', '>', '%', '!', '!!map ', '---', '...', '~', 'null', '-1', '1e999', '.nan', 'off', '${', '${workload.train}', '${train}', '__proto__', 'constructor', '\u0000', '\uFEFF', '\u2028', 'é', '😀', '?', ',']

async function loadsOrRefuses(text: string, overrides: readonly string[] = []): Promise<'loaded' | 'refused'> {
  try {
    await load(text, { overrides })
    return 'loaded'
  } catch (error) {
    assert.ok(isFault(error, 'usage'), `${JSON.stringify(text)} ${JSON.stringify(overrides)}: ${error instanceof Error ? error.stack ?? '' : String(error)}`)
    assert.ok(error.message.length > 0)
    return 'refused'
  }
}

for (const { name } of await listWorkloads()) {
  test(`60 mutations of ${name}`, async () => {
    const original = await workloadText(name)
    const random = randomInts(1 + name.length * 7919)
    const seen = new Set<string>()
    for (let round = 0; round < 60; round++) {
      let text = original
      for (let edits = 1 + random(3); edits > 0; edits--) {
        const at = random(text.length)
        text = text.slice(0, at) + pieces[random(pieces.length)]! + text.slice(at + random(6))
      }
      seen.add(await loadsOrRefuses(text))
    }
    assert.deepEqual([...seen].toSorted(), ['loaded', 'refused'])
  })
}

test('400 random overrides', async () => {
  const random = randomInts(4711)
  const signs = ['', '+', '++', '~', 'workload.', '++workload.', '~workload.']
  const seen = new Set<string>()
  for (let round = 0; round < 400; round++) {
    const { path } = entries[random(entries.length)]!
    let value = ''
    for (let parts = random(4); parts >= 0; parts--) value += [...pieces, '1', 'a', 'true', '[1,2]', '{a: 1}', '\\'][random(pieces.length + 6)]!
    seen.add(await loadsOrRefuses('', [`${signs[random(signs.length)]!}${path}${random(10) === 0 ? '' : '='}${value}`]))
  }
  assert.deepEqual([...seen].toSorted(), ['loaded', 'refused'])
})

for (const [name, text, overrides] of [
  ['lists 50 000 deep', '', [`train.epochs=${'['.repeat(50_000)}`]],
  ['a key of 50 000 words', '', [`++workload.${'a.'.repeat(50_000)}a=1`]],
  ['braces 50 000 deep in an interpolation', '', [`train.epochs=${'${'.repeat(50_000)}`]],
  ['interpolations 20 000 deep', '', [`train.epochs=${'${'.repeat(20_000)}a${'}'.repeat(20_000)}`]],
  ['interpolations that double forty times', `x: {a0: "aaaa", ${Array.from({ length: 40 }, (_, i) => `a${i + 1}: "\${workload.x.a${i}}\${workload.x.a${i}}"`).join(', ')}}`, []],
  ['YAML lists 5 000 deep', `a: ${'['.repeat(5000)}`, []],
] as const) {
  test(`${name} end in a Fault, soon`, { timeout: 20_000 }, async () => {
    assert.equal(await loadsOrRefuses(text, overrides), 'refused')
  })
}
