import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planParts, type PartFacts, type Parts } from '../../src/storage/part-plan.ts'
import { MiB } from '../../src/util/units.ts'

const facts: PartFacts = { largest: 0, partSize: 8 * MiB, isPartSizeFixed: false, objectsInFlight: 1, threads: 1 }
const of = (mebibytes: number, partsInFlight: number): Parts => ({ partSize: mebibytes * MiB, partsInFlight })

const rows: [string, Partial<PartFacts>, Parts | undefined][] = [
  ['nothing to read', {}, undefined],
  ['small objects', { largest: 128 * 1024 }, undefined],
  ['an object of one part', { largest: 8 * MiB }, undefined],
  ['one byte more', { largest: 8 * MiB + 1 }, of(8, 2)],
  ['64 MiB, one at a time', { largest: 64 * MiB }, of(8, 8)],
  ['128 MiB, one at a time: as many ranges as a thread takes', { largest: 128 * MiB }, of(8, 16)],
  ['146 MiB, one at a time: ranges grow rather than come in two rounds', { largest: 146 * MiB }, of(10, 15)],
  ['256 MiB: up to 16 MiB', { largest: 256 * MiB }, of(16, 16)],
  ['257 MiB: two even rounds', { largest: 257 * MiB }, of(9, 16)],
  ['10 GiB: many rounds', { largest: 10_240 * MiB }, of(16, 16)],
  ['4 objects at a time on 1 thread', { largest: 146 * MiB, objectsInFlight: 4 }, of(13, 4)],
  ['4 objects at a time on 2 threads', { largest: 146 * MiB, objectsInFlight: 4, threads: 2 }, of(10, 8)],
  ['4 objects at a time on 4 threads: 64 requests in all', { largest: 146 * MiB, objectsInFlight: 4, threads: 4 }, of(10, 15)],
  ['threads that no object is for do not count', { largest: 256 * MiB, objectsInFlight: 2, threads: 64 }, of(16, 16)],
  ['32 objects at a time', { largest: 146 * MiB, objectsInFlight: 32, threads: 8 }, of(15, 2)],
  ['33 objects at a time are enough requests', { largest: 146 * MiB, objectsInFlight: 33, threads: 8 }, undefined],
  ['more objects at a time than requests', { largest: 146 * MiB, objectsInFlight: 1000, threads: 8 }, undefined],
  ['a size that was asked for stays', { largest: 1000 * MiB, partSize: 5 * MiB, isPartSizeFixed: true }, of(5, 16)],
  ['a size above 16 MiB too', { largest: 1000 * MiB, partSize: 64 * MiB, isPartSizeFixed: true }, of(64, 16)],
  ['a number that was asked for stays', { largest: 146 * MiB, partsInFlight: 100, objectsInFlight: 500 }, of(8, 19)],
  ['1: whole objects', { largest: 10_240 * MiB, partsInFlight: 1 }, undefined],
  ['both asked for', { largest: 100 * MiB, partSize: 10 * MiB, isPartSizeFixed: true, partsInFlight: 3, objectsInFlight: 500 }, of(10, 3)],
  ['asked for, but nothing to split', { largest: 8 * MiB, partsInFlight: 4 }, undefined],
]
for (const [name, change, expected] of rows) {
  test(`parts: ${name}`, () => { assert.deepEqual(planParts({ ...facts, ...change }), expected) })
}

test('whatever the facts: whole MiB, no range below the part size, no more requests than allowed', () => {
  for (let largest = 1; largest < 2000 * MiB; largest = Math.ceil(largest * 1.37)) {
    for (const objectsInFlight of [1, 2, 3, 7, 16, 31, 32, 64]) {
      for (const threads of [1, 2, 5, 16]) {
        const parts = planParts({ ...facts, largest, objectsInFlight, threads })
        if (!parts) continue
        const { partSize, partsInFlight } = parts
        assert.ok(partSize % MiB === 0 && partSize >= 8 * MiB && partSize <= 16 * MiB, `${partSize}`)
        assert.ok(partsInFlight >= 2 && partsInFlight * objectsInFlight <= Math.min(64, 16 * threads), `${partsInFlight} of ${objectsInFlight}`)
        assert.ok((partsInFlight - 1) * partSize < largest, 'a range that no object has')
      }
    }
  }
})
