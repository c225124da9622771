// Keys that change during a run: the board that all threads read, and who writes it.

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { BoardReader, createBoard, post } from '../../src/storage/credentials-board.ts'
import { keepFresh, leadTime } from '../../src/storage/credentials-renewal.ts'
import { openStore, type Credentials } from '../../src/storage/index.ts'
import { Fault } from '../../src/util/fault.ts'
import type { Clock } from '../../src/util/clock.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { specFor } from './s3-under-test.ts'

const keysOf = (n: number, expiresAtMilliseconds?: number): Credentials => ({ accessKeyId: `AK${n}`, secretAccessKey: `secret ${n}`, sessionToken: 't'.repeat(n), ...(expiresAtMilliseconds === undefined ? {} : { expiresAtMilliseconds }) })

describe('the board', () => {
  test('gives the keys once, and again when there are others', () => {
    const board = createBoard(keysOf(0))
    const [one, two] = [new BoardReader(board), new BoardReader(board)]
    assert.deepEqual(one.renewed(), keysOf(0))
    assert.equal(one.renewed(), undefined)
    post(board, keysOf(3000))
    post(board, keysOf(7))
    assert.deepEqual(one.renewed(), keysOf(7))
    assert.deepEqual(two.renewed(), keysOf(7))
    assert.equal(two.renewed(), undefined)
  })
  test('half written, it says nothing', () => {
    const board = createBoard(keysOf(1))
    const reader = new BoardReader(board)
    Atomics.add(board.sequence, 0, 1)
    assert.equal(reader.renewed(), undefined)
    Atomics.add(board.sequence, 0, 1)
    assert.deepEqual(reader.renewed(), keysOf(1))
  })
  test('credentials beyond all measure are refused', () => {
    assert.throws(() => createBoard({ accessKeyId: 'a', secretAccessKey: 'x'.repeat(65_536) }), RangeError)
  })
  test('other threads never see half of one and half of another', async () => {
    const board = createBoard(keysOf(1))
    const module = new URL(import.meta.url.endsWith('.ts') ? '../../src/storage/credentials-board.ts' : '../../src/storage/credentials-board.js', import.meta.url).href
    const script = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(${JSON.stringify(module)}).then(({ BoardReader }) => {
        const reader = new BoardReader(workerData)
        let last = 0, seen = 0, mixed = 0
        parentPort.postMessage('ready')
        while (last < 2000) {
          const keys = reader.renewed()
          if (!keys) continue
          const n = Number(keys.accessKeyId.slice(2))
          if (keys.secretAccessKey !== 'secret ' + n || keys.sessionToken.length !== n || n < last) mixed++
          last = n
          seen++
        }
        parentPort.postMessage({ seen, mixed })
      })`
    const worker = new Worker(script, { eval: true, workerData: board, stderr: true })
    const found = await new Promise<{ seen: number; mixed: number }>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', (message: 'ready' | { seen: number; mixed: number }) => {
        if (message === 'ready') for (let n = 2; n <= 2000; n++) post(board, keysOf(n))
        else resolve(message)
      })
    })
    await worker.terminate()
    assert.equal(found.mixed, 0)
    assert.ok(found.seen >= 1)
  })
})

describe('leadTime', () => {
  for (const [remaining, lead] of [[0, 0], [60, 6], [3000, 300], [43_200, 300]] as const) test(`${remaining} s left: ${lead} s ahead`, () => { assert.equal(leadTime(remaining), lead) })
})

/** What happened when, in seconds from the begin, until `ask` has run out of answers. */
async function timeline(firstLifetime: number, answers: readonly (number | undefined | 'same' | Error)[]): Promise<string[]> {
  const clock = new ManualClock()
  const begin = clock.wallMilliseconds()
  const log: string[] = []
  const at = (text: string): void => { log.push(`${Math.round((clock.wallMilliseconds() - begin) / 100) / 10} ${text}`) }
  let expiry = begin + firstLifetime * 1000
  const board = createBoard(keysOf(0, expiry))
  let asked = 0
  await new Promise<void>((resolve) => {
    const keeper = keepFresh({
      board, expiresAtMilliseconds: expiry,
      ask: async () => {
        if (asked === answers.length) {
          void keeper.stop().then(resolve)
          throw new Error('over')
        }
        const answer = answers[asked++]
        at('asked')
        if (answer instanceof Error) throw answer
        if (answer === 'same') return keysOf(asked, expiry)
        if (answer === undefined) {
          setImmediate(() => { void keeper.stop().then(resolve) })
          return keysOf(asked)
        }
        return keysOf(asked, expiry = clock.wallMilliseconds() + answer * 1000)
      },
    }, { renewed: (text) => { at(text.replace(/ and now.*/, '')) }, failed: (text) => { at(text.replace(/ at [^ ]+/, '')) } }, clock)
  })
  log.push(new BoardReader(board).renewed()!.accessKeyId)
  return log
}

describe('keepFresh', () => {
  const renewed = 'the credentials were renewed'
  const rows: [string, number, Parameters<typeof timeline>[1], string[]][] = [
    ['keys without an end end it', 100, [undefined], ['90 asked', `90 ${renewed}`, 'AK1']],
    ['five minutes ahead, again and again', 3600, [43_200, undefined], ['3300 asked', `3300 ${renewed}`, '46200 asked', `46200 ${renewed}`, 'AK2']],
    ['a failure is told once, and asked again', 100, [new Error('no answer'), new Error('no answer'), undefined],
      ['90 asked', '90 the credentials expire and could not be renewed yet: no answer', '91 asked', '92 asked', `92 ${renewed}`, 'AK3']],
    ['the same keys are none', 1000, ['same', undefined], ['900 asked', '900 the credentials expire and could not be renewed yet: the same ones were given again', '910 asked', `910 ${renewed}`, 'AK2']],
    ['already expired', -5, [new Error('x'), undefined], ['0 asked', '0 the credentials expired and could not be renewed yet: x', '1 asked', `1 ${renewed}`, 'AK2']],
    ['an error of its own words', 10, [new Error('token expired\nmore', { cause: new Error('deeper') }), undefined], ['9 asked', '9 the credentials expire and could not be renewed yet: token expired', '10 asked', `10 ${renewed}`, 'AK2']],
    ['the cause of a Fault, in one line', 10, [new Fault('credentials', 'no S3 credentials found\n  looked at', { info: {}, cause: new Error('token expired\nmore') }), undefined], ['9 asked', '9 the credentials expire and could not be renewed yet: token expired', '10 asked', `10 ${renewed}`, 'AK2']],
  ]
  for (const [name, lifetime, answers, expected] of rows) test(name, async () => { assert.deepEqual(await timeline(lifetime, answers), expected) })

  test('stopped while it sleeps, it ends without a question', async () => {
    const clock: Pick<Clock, 'wallMilliseconds' | 'sleep'> = { wallMilliseconds: () => 0, sleep: (_, signal) => new Promise((__, reject) => { signal!.addEventListener('abort', () => { reject(signal!.reason as Error) }) }) }
    let asked = 0
    const keeper = keepFresh({ board: createBoard(keysOf(0)), expiresAtMilliseconds: 1e9, ask: async () => { asked++; return keysOf(1) } }, { renewed() {}, failed() {} }, clock)
    await keeper.stop()
    assert.equal(asked, 0)
  })
})

describe('a store signs with the keys that are on the board', () => {
  for (const transport of ['direct', 'undici', 'sdk'] as const) {
    test(transport, async () => {
      const seen: string[] = []
      const server: Server = createServer((request, response) => {
        seen.push(`${/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? ''} ${request.headers['x-amz-security-token'] as string}`)
        response.writeHead(200, { 'content-length': 3, etag: '"e"' }).end()
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => { server.once('listening', resolve) })
      const soon = Date.now() + 60_000
      const credentials = keysOf(1, soon)
      const renewed = createBoard(credentials)
      const store = await openStore({ ...specFor({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, region: 'us-east-1', credentials }, { transport }), renewed })
      try {
        await store.head('a')
        post(renewed, keysOf(2, soon))
        await store.head('b')
        await store.head('c')
      } finally {
        await store.close()
        server.closeAllConnections()
        server.close()
      }
      assert.deepEqual(seen.map((line) => line.split(' ')[0]), ['AK1', 'AK2', 'AK2'])
      assert.deepEqual(seen.map((line) => line.split(' ')[1]), ['t', 'tt', 'tt'])
    })
  }
})
