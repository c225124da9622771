import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { Content } from '../../src/dataset/content.ts'
import { GenerationPlan } from '../../src/dataset/plan.ts'
import { checkLargest, memoryOf, Uploader } from '../../src/dataset/upload.ts'
import type { Companion, Format } from '../../src/format/format.ts'
import { defaultUploadPlan } from '../../src/storage/upload-plan.ts'
import { isFault } from '../../src/util/fault.ts'
import { GiB, MiB } from '../../src/util/units.ts'
import { rawFormat, type RawOptions } from './raw-format.ts'
import { settingsOf } from './settings.ts'
import { readAll, storeWith, withWrite } from './stores.ts'

interface Case {
  readonly name: string
  /** Bytes of a sample: one row of so many uint8. */
  readonly sampleSize: number
  readonly numSamples?: number
  readonly format: RawOptions
  /** How the body reaches the store. */
  readonly body: 'whole' | 'stream'
}

const cases: readonly Case[] = [
  { name: 'no samples', sampleSize: 5, numSamples: 0, format: { pieceSize: 4 }, body: 'whole' },
  { name: 'one piece', sampleSize: 100, format: { pieceSize: 100 }, body: 'whole' },
  { name: 'small pieces', sampleSize: 1009, numSamples: 3, format: { pieceSize: 64 }, body: 'whole' },
  { name: 'one large piece', sampleSize: 9 * MiB, format: { pieceSize: 9 * MiB }, body: 'whole' },
  { name: 'gathered up to 8 MiB', sampleSize: 8 * MiB, format: { pieceSize: MiB }, body: 'whole' },
  { name: 'streamed from there on', sampleSize: 8 * MiB + 1, format: { pieceSize: MiB }, body: 'stream' },
  { name: 'a size that only encoding tells', sampleSize: 100_003, numSamples: 2, format: { pieceSize: 4096, announces: false }, body: 'whole' },
]

function planOf({ sampleSize, numSamples = 1, format }: Pick<Case, 'sampleSize' | 'numSamples' | 'format'>): { plan: GenerationPlan; format: ReturnType<typeof rawFormat> } {
  const made = rawFormat(format)
  return { format: made, plan: new GenerationPlan(settingsOf({ recordDims: [sampleSize], numSamplesPerFile: numSamples }), made) }
}

const twoCompanions = (key: string): Companion[] => [{ key: `${key}.a`, bytes: new Uint8Array(16) }, { key: `${key}.b`, bytes: new Uint8Array(3) }]

const inOnePut = { ...defaultUploadPlan, threshold: Infinity }
/** The same bytes, made whole where they are wanted. */
function encodingInto(format: Format): Format {
  return {
    ...format,
    encodeInto: (samples, _, into) => {
      const length = into.length / samples.numSamples
      for (let i = 0; i < samples.numSamples; i++) samples.fill(i, 0, into.subarray(i * length, (i + 1) * length))
    },
  }
}

describe('Uploader', () => {
  for (const row of cases) {
    test(row.name, async () => {
      const { plan, format } = planOf(row)
      const inner = await storeWith()
      const bodies: string[] = []
      const store = withWrite(inner, (key, body, options) => {
        bodies.push(body instanceof Uint8Array ? 'whole' : 'stream')
        return inner.write(key, body, options)
      })
      const uploader = new Uploader({ store, format, settings: plan.settings, memoryLimit: 64 * MiB })
      const { numSamples = 1, sampleSize } = row
      for (const index of [0, 6, 3]) {
        const file = plan.file(index)
        assert.equal(await uploader.put(file), numSamples * sampleSize)
        const wanted = Buffer.alloc(numSamples * sampleSize)
        for (let i = 0; i < numSamples; i++) new Content(123, 'uint8').fill(index, i, 0, wanted.subarray(i * sampleSize, (i + 1) * sampleSize))
        assert.ok(wanted.equals(await readAll(inner, file.key)), `content of ${file.key}`)
      }
      assert.deepEqual(bodies, [row.body, row.body, row.body])
    })
  }

  test('what belongs beside a file is there before it, and is counted', async () => {
    const { plan, format } = planOf({ sampleSize: 100, numSamples: 2, format: { pieceSize: 100 } })
    const inner = await storeWith()
    const order: string[] = []
    const store = withWrite(inner, async (key, body, options) => {
      const meta = await inner.write(key, body, options)
      order.push(key)
      return meta
    })
    const uploader = new Uploader({ store, format: { ...format, companions: twoCompanions }, settings: plan.settings, memoryLimit: MiB })
    const file = plan.file(0)
    assert.equal(await uploader.put(file), 219)
    assert.deepEqual([order.length, order.at(-1)], [3, file.key])
    assert.deepEqual(new Set(order), new Set([file.key, `${file.key}.a`, `${file.key}.b`]))
  })

  test('a file is not written when what belongs beside it cannot be', async () => {
    const { plan, format } = planOf({ sampleSize: 100, format: { pieceSize: 100 } })
    const inner = await storeWith()
    const store = withWrite(inner, async (key, body, options) => {
      const meta = await inner.write(key, body, options)
      return key.endsWith('.a') ? { ...meta, size: 1 } : meta
    })
    const uploader = new Uploader({ store, format: { ...format, companions: (key) => [{ key: `${key}.a`, bytes: new Uint8Array(16) }] }, settings: plan.settings, memoryLimit: MiB })
    await assert.rejects(uploader.put(plan.file(0)), (error) => isFault(error, 'storage') && error.info.reason === 'corrupt')
    await assert.rejects(inner.head(plan.file(0).key), (error) => isFault(error, 'storage') && error.info.reason === 'no-key')
  })

  test('memory stays under the limit, however many are asked for', async () => {
    const { plan, format } = planOf({ sampleSize: 100_000, format: { pieceSize: 1000 } })
    const inner = await storeWith()
    let inFlight = 0, most = 0
    const store = withWrite(inner, async (key, body, options) => {
      most = Math.max(most, ++inFlight)
      await new Promise((resolve) => { setImmediate(resolve) })
      inFlight--
      return inner.write(key, body, options)
    })
    const uploader = new Uploader({ store, format, settings: plan.settings, memoryLimit: 350_000 })
    await Promise.all([...plan].map((file) => uploader.put(file)))
    assert.equal(most, 3)
    assert.equal(uploader.peakBytes, 300_000)
  })

  test('an object larger than the limit goes alone', async () => {
    const { plan, format } = planOf({ sampleSize: 100_000, format: { pieceSize: 1000 } })
    const uploader = new Uploader({ store: await storeWith(), format, settings: plan.settings, memoryLimit: 10 })
    assert.deepEqual(await Promise.all([0, 1, 2].map((index) => uploader.put(plan.file(index)))), [100_000, 100_000, 100_000])
    assert.equal(uploader.peakBytes, 100_000)
  })

  test('a store that tells another size is a Fault', async () => {
    const { plan, format } = planOf({ sampleSize: 10, format: { pieceSize: 10 } })
    const store = withWrite(await storeWith(), async (key) => ({ key, size: 9 }))
    await assert.rejects(new Uploader({ store, format, settings: plan.settings, memoryLimit: 100 }).put(plan.file(0)),
      (error) => isFault(error, 'storage') && error.info.reason === 'corrupt' && /has 9 bytes after 10 were written/.test(error.message))
  })

  for (const lie of [-1, 1]) {
    test(`an encoder that announces ${lie} byte more is a bug, and nothing is written`, async () => {
      const { plan, format } = planOf({ sampleSize: 10, format: { pieceSize: 4, lie } })
      const store = await storeWith()
      await assert.rejects(new Uploader({ store, format, settings: plan.settings, memoryLimit: 100 }).put(plan.file(0)), RangeError)
      await assert.rejects(store.head(plan.file(0).key))
    })
  }

  test('a failed write ends the encoder and gives its memory back', async () => {
    let ended = 0
    const { plan, format } = planOf({ sampleSize: 9 * MiB, format: { pieceSize: MiB, onEnd: () => { ended++ } } })
    const store = withWrite(await storeWith(), async (_key, body) => {
      let pieces = 0
      for await (const piece of body as AsyncIterable<Uint8Array>) if (piece.length > 0 && ++pieces === 2) throw new Error('no')
      throw new Error('the body ended')
    })
    const uploader = new Uploader({ store, format, settings: plan.settings, memoryLimit: 9 * MiB })
    for (let i = 0; i < 3; i++) await assert.rejects(uploader.put(plan.file(i)), /no/)
    assert.equal(ended, 3)
  })
})

describe('with one PUT for every object', () => {
  for (const [how, sampleSize, make] of [['gathered', 20 * MiB, (format: Format): Format => format], ['made whole', 70 * MiB, encodingInto]] as const) {
    test(`${how}: whole bodies, counted in full`, async () => {
      const { plan, format: raw } = planOf({ sampleSize, format: { pieceSize: MiB } })
      const format = make(raw)
      const inner = await storeWith()
      let inFlight = 0, most = 0
      const store = withWrite(inner, async (key, body, options) => {
        assert.ok(body instanceof Uint8Array)
        most = Math.max(most, ++inFlight)
        await new Promise((resolve) => { setImmediate(resolve) })
        inFlight--
        return inner.write(key, body, options)
      })
      const uploader = new Uploader({ store, format, settings: plan.settings, memoryLimit: 2.5 * sampleSize, uploadPlan: inOnePut })
      await Promise.all([0, 1, 2].map((index) => uploader.put(plan.file(index))))
      const wanted = Buffer.alloc(sampleSize)
      new Content(123, 'uint8').fill(2, 0, 0, wanted)
      assert.ok(wanted.equals(await readAll(inner, plan.file(2).key)))
      assert.deepEqual([most, uploader.peakBytes], [2, 2 * sampleSize])
    })
  }

  const plans = { inOnePut, byDefault: defaultUploadPlan, toAGibibyte: { ...defaultUploadPlan, threshold: GiB }, inLargeParts: { ...defaultUploadPlan, partSize: 64 * MiB, threshold: 64 * MiB } }
  const rows: readonly (readonly [plan: keyof typeof plans, size: number, needed: number, limit: number, message: RegExp | undefined])[] = [
    ['inOnePut', 100 * MiB, 100 * MiB, 100 * MiB, undefined],
    ['inOnePut', 100 * MiB, 100 * MiB, 100 * MiB - 1, /^an object of 100 MiB, which is whole in memory for one PUT, does not fit the memory limit of 100 MiB$/],
    ['inOnePut', 6 * GiB, 6 * GiB, 100 * GiB, /^an object of 6.00 GiB cannot go in one PUT/],
    ['toAGibibyte', GiB, GiB, 100 * MiB, /^an object of 1.00 GiB, which is whole/],
    ['toAGibibyte', GiB + 1, 64 * MiB, 100 * MiB, undefined],
    ['byDefault', 6 * GiB, 64 * MiB, MiB, undefined],
    ['byDefault', 8 * MiB, 8 * MiB, MiB, undefined],
    ['inLargeParts', GiB, 344 * MiB, MiB, undefined],
  ]
  for (const [name, size, needed, memoryLimit, message] of rows) {
    test(`${name}: ${size} bytes need ${needed}; ${message ? 'refused' : 'taken'} with ${memoryLimit}`, () => {
      const { plan, format } = planOf({ sampleSize: size, format: { pieceSize: MiB } })
      const uploadPlan = plans[name]
      assert.equal(memoryOf(plan.file(0), format, uploadPlan), needed)
      const check = (): void => { checkLargest(plan.largest(), { format, memoryLimit, uploadPlan }) }
      if (message === undefined) check()
      else assert.throws(check, (error) => isFault(error, 'usage') && message.test(error.message))
    })
  }
})
