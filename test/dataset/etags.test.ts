import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { ETagBuilder, type ETags } from '../../src/dataset/etags.ts'
import { reorder } from '../../src/util/reorder.ts'

const a = 'd41d8cd98f00b204e9800998ecf8427e', b = '0123456789abcdef0123456789abcdef'

const columns: readonly (readonly [name: string, etags: readonly (string | undefined)[], kind: 'digests' | 'texts'])[] = [
  ['one MD5', [a], 'digests'],
  ['MD5s with gaps', [undefined, a, undefined, b], 'digests'],
  ['a multipart upload among MD5s', [a, undefined, `${b}-12`, b], 'texts'],
  ['capitals and words in the middle of one', [a, `${a.slice(0, 31)}E`], 'texts'],
  ['capitals, other lengths and words', ['D41D8CD98F00B204E9800998ECF8427E', a.slice(1), `${a}0`, 'W/x', 'é'], 'texts'],
  ['200 000 MD5s', Array.from({ length: 200_000 }, (_, i) => i.toString(16).padStart(32, 'f')), 'digests'],
]

function builderOf(etags: readonly (string | undefined)[]): ETagBuilder {
  const builder = new ETagBuilder()
  for (const etag of etags) builder.push(etag)
  return builder
}

function listOf(etags: ETags | undefined): (string | undefined)[] {
  return Array.from({ length: etags?.length ?? 0 }, (_, i) => etags!.get(i))
}

describe('ETags', () => {
  for (const [name, etags, kind] of columns) {
    test(`gives back what went in: ${name}`, () => {
      const column = builderOf(etags).build()
      assert.ok(column && kind in column.parts)
      assert.deepEqual(listOf(column), etags)
    })

    test(`in another order, and the first three of them: ${name}`, () => {
      const column = builderOf(etags).build()!
      const order = Uint32Array.from(etags.keys()).toReversed()
      reorder(order, [column.column()])
      assert.deepEqual(listOf(column), etags.toReversed())
      assert.deepEqual(listOf(column.first(Math.min(3, etags.length))), etags.toReversed().slice(0, 3))
    })
  }

  for (const length of [0, 1, 5]) {
    test(`${length} files without any: none`, () => {
      const builder = builderOf(Array.from<undefined>({ length }))
      assert.equal(builder.build(), undefined)
    })
  }
})
