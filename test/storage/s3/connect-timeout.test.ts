// A server whose queue of connections is full: the kernel drops what would open another, as firewalls do.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { isFault } from '../../../src/util/fault.ts'
import { specFor } from '../s3-under-test.ts'

/** Listens, tells its port, and then accepts nothing: its thread rests until it is ended. */
const deaf = `
  const { parentPort, workerData } = require('node:worker_threads')
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: workerData }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
const backlog = 1

describe('a connection that is not accepted', { skip: process.platform === 'linux' ? false : 'the queue of connections is filled as Linux counts it' }, () => {
  let worker!: Worker
  let address = ''
  const queued: net.Socket[] = []

  before(async () => {
    worker = new Worker(deaf, { eval: true, workerData: backlog })
    const [port] = await once(worker, 'message') as [number]
    address = `127.0.0.1:${port}`
    // Linux takes one more than it was told.
    for (let i = 0; i <= backlog; i++) {
      const socket = net.connect(port, '127.0.0.1').on('error', () => {})
      queued.push(socket)
      await once(socket, 'connect')
    }
  })
  after(async () => {
    for (const socket of queued) socket.destroy()
    await worker.terminate()
  })

  const rows: [name: string, more: () => Partial<S3Spec>, words: () => string][] = [
    ['direct', () => ({ transport: 'direct' }), () => `http://${address} did not accept the connection for 0.2 s`],
    ['direct, TLS', () => ({ transport: 'direct', endpoint: `https://${address}` }), () => `https://${address} did not accept the connection for 0.2 s`],
    ['undici', () => ({ transport: 'undici' }), () => `http://${address} did not accept the connection for 0.2 s`],
    ['undici, TLS', () => ({ transport: 'undici', endpoint: `https://${address}` }), () => `https://${address} did not accept the connection for 0.2 s`],
    ...['http', 'https'].flatMap((scheme) => ['http', 'https'].map((its): (typeof rows)[number] => [
      `undici to ${scheme}, the proxy at ${its}`, () => ({ transport: 'undici', endpoint: `${scheme}://store.invalid`, proxy: `${its}://${address}` }),
      () => `${scheme}://store.invalid through the proxy ${its}://${address} did not accept the connection for 0.2 s`,
    ])),
  ]
  for (const [name, more, words] of rows) {
    test(`${name}: is a timeout, and what did not accept is named`, async () => {
      const store = await openStore(specFor({ endpoint: `http://${address}`, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, { timeouts: { connect: 200, firstByte: 20_000, idle: 20_000 }, ...more() }))
      const begin = performance.now()
      const error: unknown = await store.head('key').catch((fault: unknown) => fault)
      assert.ok(isFault(error, 'storage'), String(error))
      assert.deepEqual([error.info.reason, error.message], ['timeout', words()])
      assert.ok(performance.now() - begin >= 200, 'it gave up early')
      await store.close()
    })
  }
})
