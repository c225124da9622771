import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkReads, contentMemory, largest, readMemory, writeMemory } from '../../src/bench/lane-memory.ts'
import { ownObjects } from '../../src/bench/own-objects.ts'
import { defaultUploadPlan, type UploadPlan } from '../../src/storage/upload-plan.ts'
import type { Parts } from '../../src/storage/part-plan.ts'
import { isFault } from '../../src/util/fault.ts'
import { GiB, MiB } from '../../src/util/units.ts'

describe('a lane that reads has', () => {
  const rows: readonly (readonly [length: number, parts: Parts | undefined, memory: number])[] = [
    [0, undefined, 0],
    [5 * GiB, undefined, 5 * GiB],
    [64 * MiB, { partSize: MiB, partsInFlight: 4 }, 64 * MiB],
    [64 * MiB + 1, { partSize: MiB, partsInFlight: 4 }, 4 * MiB],
    [5 * GiB, { partSize: 8 * MiB, partsInFlight: 8 }, 64 * MiB],
    [5 * GiB, { partSize: 8 * MiB, partsInFlight: 1 }, 5 * GiB],
    [5 * GiB, { partSize: 5 * GiB, partsInFlight: 8 }, 5 * GiB],
    [5 * GiB, { partSize: GiB, partsInFlight: 8 }, 5 * GiB],
  ]
  for (const [length, parts, memory] of rows) test(`${memory} bytes for ${length} with ${JSON.stringify(parts)}`, () => { assert.equal(readMemory(length, parts), memory) })
})

describe('a lane that writes has', () => {
  const rows: readonly (readonly [size: number, more: Partial<UploadPlan>, content: number, all: number])[] = [
    [0, {}, 0, 0],
    [256 * MiB, {}, 256 * MiB, 256 * MiB],
    [256 * MiB + 1, {}, 64 * MiB, 104 * MiB],
    [5 * GiB, {}, 64 * MiB, 104 * MiB],
    [GiB, { threshold: GiB }, GiB, GiB],
    [GiB + 1, { threshold: GiB }, 64 * MiB, 104 * MiB],
    [5 * GiB, { threshold: Infinity }, 5 * GiB, 5 * GiB],
    [5 * GiB, { partSize: 64 * MiB, partsInFlight: 1 }, 64 * MiB, 192 * MiB],
  ]
  for (const [size, more, content, all] of rows) {
    test(`${content} bytes of content, and ${all} in all, for ${size} with ${JSON.stringify(more)}`, () => {
      const plan = { ...defaultUploadPlan, ...more }
      assert.deepEqual([contentMemory(size, plan), writeMemory(size, plan)], [content, all])
    })
  }
})

test('the largest of none is 0', () => {
  assert.deepEqual([largest(new Float64Array()), largest(Float64Array.of(3, 7, 5))], [0, 7])
})

describe('with 4 GiB at most in a piece', () => {
  const objects = ownObjects('b/', 3, MiB)
  objects.sizes[1] = 5 * GiB
  const check = (how: Parameters<typeof checkReads>[1]): string => {
    try {
      checkReads(objects, how, 4 * GiB)
      return ''
    } catch (error) {
      assert.ok(isFault(error, 'usage') && error.hint !== undefined)
      return `${error.message.replace(process.versions.node, 'N')}; ${error.hint}`
    }
  }
  const several = 'read objects in several ranges at once, as with --part 8MiB, or random ranges of them, as with --range 8MiB'
  const rows: readonly (readonly [what: string, how: Parameters<typeof checkReads>[1], wanted: string])[] = [
    ['a range that fits', { rangeBytes: 4 * GiB }, ''],
    ['ranges at once', { parts: { partSize: 8 * MiB, partsInFlight: 8 } }, ''],
    ['one request', {}, `cannot read "b/object-00000001" of 5.00 GiB by one request: Node N holds 4.00 GiB at most in one piece of memory; ${several}`],
    ['one range at once', { parts: { partSize: 8 * MiB, partsInFlight: 1 } }, `cannot read "b/object-00000001" of 5.00 GiB by one request: Node N holds 4.00 GiB at most in one piece of memory; ${several}`],
    ['a range that does not', { rangeBytes: 4.5 * GiB }, `cannot read ranges of 4.50 GiB by one request: Node N holds 4.00 GiB at most in one piece of memory; ${several}`],
    ['ranges that do not fit', { parts: { partSize: 3 * GiB, partsInFlight: 2 } }, 'cannot read "b/object-00000001" of 5.00 GiB in 2 ranges of 3.00 GiB at once: Node N holds 4.00 GiB at most in one piece of memory; lower --part or --parts-in-flight'],
  ]
  for (const [what, how, wanted] of rows) test(what, () => { assert.equal(check(how), wanted) })
})
