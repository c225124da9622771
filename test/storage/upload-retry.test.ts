// Uploads over a store that fails in the middle: each request is asked again by itself, and nothing is left behind unsaid.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { openStore, type RetryRecord, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectMeta } from '../../src/storage/store.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf, chunked } from './conformance.ts'
import { errorXml, startRawServer, text, type Incoming } from './s3/raw-server.ts'

type Step = 'create' | 'part' | 'complete' | 'abort' | 'head' | 'put'

function stepOf({ head }: Incoming): Step {
  const [method, target = ''] = head.split(' ')
  if (method === 'POST') return /[?&]uploads/.test(target) ? 'create' : 'complete'
  if (method === 'PUT') return target.includes('partNumber=') ? 'part' : 'put'
  return method === 'DELETE' ? 'abort' : 'head'
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

const size = 11 * MiB
const content = bytesOf(size)
const refused = text('503 Slow Down', errorXml('SlowDown'))
const notFound = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
const etagOfUpload = `${md5(Buffer.concat([0, 5, 10].map((at) => Buffer.from(md5(content.subarray(at * MiB, (at + 5) * MiB)), 'hex'))))}-3`

function headed(etag: string, more = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nETag: "${etag}"\r\n${more}\r\n`
}

/** What an S3 says to `step`; `isWhole`: it has confirmed the upload. */
function usual(request: Incoming, step: Step, isWhole: boolean): string {
  switch (step) {
    case 'create': return text('200 OK', '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>')
    case 'part': case 'put': return text('200 OK', '', `ETag: "${md5(request.body)}"\r\n`)
    case 'complete': return text('200 OK', `<CompleteMultipartUploadResult><ETag>"${etagOfUpload}"</ETag></CompleteMultipartUploadResult>`)
    case 'abort': return 'HTTP/1.1 204 No Content\r\n\r\n'
    case 'head': return isWhole ? headed(etagOfUpload) : notFound
    default: return step satisfies never
  }
}

const hang = (): string[] => Array.from({ length: 9 }, () => 'hang')

/** Answers to a step, one after the other; the usual one where there is none left. 'die' closes the connection, 'hang' says nothing. */
type Plan = Partial<Record<Step, string[]>>
interface Outcome { meta?: ObjectMeta; error?: unknown; counts: Partial<Record<Step, number>>; told: RetryRecord[]; seconds: number }

async function upload(transport: S3Spec['transport'], plan: Plan, { body = content, maxAttempts = 3, signal }: { body?: Uint8Array | 'stream'; maxAttempts?: number; signal?: AbortSignal } = {}): Promise<Outcome> {
  const counts: Outcome['counts'] = {}, told: RetryRecord[] = []
  let isWhole = false
  const server = await startRawServer((request) => {
    const step = stepOf(request)
    counts[step] = (counts[step] ?? 0) + 1
    const planned = plan[step]?.shift()
    const answer = planned ?? usual(request, step, isWhole)
    isWhole ||= step === 'complete' && planned === undefined
    if (answer === 'die') request.socket.destroy()
    else if (answer !== 'hang') request.socket.write(answer)
  })
  const store = await openStore(server.spec({ transport, maxAttempts, partSize: 5 * MiB, timeouts: { connect: 2000, firstByte: 20_000, idle: 20_000 } }), { retry: (record) => { told.push(record) } })
  const begin = performance.now()
  const written = store.write('key', body === 'stream' ? chunked(content, 1_000_003) : body, { ...(body === 'stream' ? { size } : {}), signal })
  const result = await written.then((meta) => ({ meta }), (error: unknown) => ({ error }))
  const seconds = (performance.now() - begin) / 1000
  await store.close()
  await server.close()
  return { ...result, counts, told, seconds }
}

function faultOf({ error, meta }: Outcome): Fault<'storage'> {
  assert.ok(isFault(error, 'storage'), `${String(error)} ${JSON.stringify(meta)}`)
  return error
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`an upload through ${transport}`, () => {
    const good: [string, Plan, Outcome['counts'], number][] = [
      ['all goes well', {}, { create: 1, part: 3, complete: 1, head: 1 }, 0],
      ['a part is refused once', { part: [refused] }, { create: 1, part: 4, complete: 1, head: 1 }, 1],
      ['a part dies twice', { part: ['die', 'die'] }, { create: 1, part: 5, complete: 1, head: 1 }, 2],
      ['the beginning is refused', { create: [refused, refused] }, { create: 3, part: 3, complete: 1, head: 1 }, 2],
      ['the completion is refused', { complete: [refused] }, { create: 1, part: 3, complete: 2, head: 1 }, 1],
      ['the completion fails behind a 200', { complete: [text('200 OK', errorXml('InternalError'))] }, { create: 1, part: 3, complete: 2, head: 1 }, 1],
      ['the answer to the completion is lost, and the object there', { complete: ['die'], head: [headed(etagOfUpload)] }, { create: 1, part: 3, complete: 1, head: 1 }, 0],
      ['the answer to the completion is lost, and the object of another ETag but as new', { complete: ['die'], head: [headed('f00-3', `Last-Modified: ${new Date(Date.now() + 86_400_000).toUTCString()}\r\n`)] }, { create: 1, part: 3, complete: 1, head: 1 }, 0],
      ['the completion is lost on the way', { complete: ['die'] }, { create: 1, part: 3, complete: 2, head: 2 }, 1],
      ['the object comes late', { complete: ['die', text('404 Not Found', errorXml('NoSuchUpload'))], head: [notFound, headed(etagOfUpload)] }, { create: 1, part: 3, complete: 2, head: 2 }, 1],
    ]
    for (const [name, plan, counts, retries] of good) {
      for (const body of [content, 'stream'] as const) {
        test(`${body === 'stream' ? 'streamed' : 'whole'}, ${name}`, async () => {
          const copy = Object.fromEntries(Object.entries(plan).map(([step, answers]) => [step, [...answers]]))
          const outcome = await upload(transport, copy, { body })
          assert.ifError(outcome.error)
          assert.equal(outcome.meta?.size, size)
          assert.match(outcome.meta?.etag ?? '', /-3$/)
          assert.deepEqual(outcome.counts, counts)
          assert.deepEqual(outcome.told.map(({ operation, key }) => [operation, key]), Array.from({ length: retries }, () => ['write', 'key']))
        })
      }
    }
    test('a part that is refused for good: as often as allowed, then the upload is removed', async () => {
      const outcome = await upload(transport, { part: Array.from({ length: 20 }, () => refused) }, { maxAttempts: 2 })
      assert.equal(faultOf(outcome).info.reason, 'throttled')
      assert.ok(outcome.counts.part! >= 2 && outcome.counts.part! <= 6, String(outcome.counts.part))
      assert.equal(outcome.counts.abort, 1)
      assert.equal(outcome.counts.complete, undefined)
    })
    test('without retries everything is asked once', async () => {
      const outcome = await upload(transport, { complete: ['die'] }, { maxAttempts: 1 })
      assert.equal(faultOf(outcome).info.reason, 'truncated')
      assert.deepEqual(outcome.counts, { create: 1, part: 3, complete: 1, head: 1, abort: 1 })
      assert.deepEqual(outcome.told, [])
    })
    for (const [name, found] of [['of another size', headed(etagOfUpload).replace(`${size}`, `${size - 1}`)], ['that was put at once', headed(md5(content))], ['of before', headed('f00-3', 'Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n')]] as const) {
      test(`an object ${name} is not taken for the upload`, async () => {
        const outcome = await upload(transport, { complete: ['die'], head: [found] }, { maxAttempts: 1 })
        assert.equal(faultOf(outcome).info.reason, 'truncated')
      })
    }
    test('a beginning without an answer is not made again, and the hint says what may be left', async () => {
      const outcome = await upload(transport, { create: ['die'] })
      const { info, hint } = faultOf(outcome)
      assert.equal(info.reason, 'truncated')
      assert.deepEqual(outcome.counts, { create: 1 })
      assert.match(hint ?? '', /may have begun/)
    })
    test('a removal is asked for again', async () => {
      const denied = text('403 Forbidden', errorXml('AccessDenied'))
      const outcome = await upload(transport, { part: Array.from({ length: 3 }, () => denied), abort: [refused, 'die'] })
      assert.doesNotMatch(faultOf(outcome).hint ?? '', /could not be removed/)
      assert.equal(outcome.counts.abort, 3)
    })
    for (const maxAttempts of [1, 2, 4]) {
      test(`a single PUT is made ${maxAttempts} times, not more`, async () => {
        const outcome = await upload(transport, { put: Array.from({ length: 30 }, () => refused) }, { body: bytesOf(1000), maxAttempts })
        assert.equal(faultOf(outcome).info.reason, 'throttled')
        assert.deepEqual(outcome.counts, { put: maxAttempts })
        assert.deepEqual(outcome.told.map(({ attempt }) => attempt), Array.from({ length: maxAttempts - 1 }, (_, i) => i + 1))
      })
    }
  })
  // Each takes the seconds that a store is given; together they take them once.
  describe(`the end of an upload through ${transport} that nobody answers`, { concurrency: true }, () => {
    test('a removal that fails is told, and takes a few seconds at most', async () => {
      const denied = text('403 Forbidden', errorXml('AccessDenied'))
      const outcome = await upload(transport, { part: Array.from({ length: 3 }, () => denied), abort: hang() })
      const { info, hint } = faultOf(outcome)
      assert.equal(info.reason, 'denied')
      assert.match(hint ?? '', /upload U1 of "key" could not be removed/)
      assert.ok(outcome.seconds < 10, `${outcome.seconds} s`)
    })
    for (const step of ['create', 'part', 'complete'] as const) {
      test(`an abort ends it soon: ${step}`, async () => {
        const controller = new AbortController()
        setTimeout(() => { controller.abort() }, 300)
        const outcome = await upload(transport, { [step]: hang(), abort: hang() }, { signal: controller.signal })
        assert.ok(isFault(outcome.error, 'aborted'), String(outcome.error))
        assert.match(outcome.error.hint ?? '', step === 'create' ? /may have begun/ : /could not be removed/)
        assert.ok(outcome.seconds < 10, `${outcome.seconds} s`)
      })
    }
  })
}
