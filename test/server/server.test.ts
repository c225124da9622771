// Starting, ending, counting; on this thread and on one of its own.

import assert from 'node:assert/strict'
import net from 'node:net'
import os from 'node:os'
import test from 'node:test'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { isFault } from '../../src/util/fault.ts'
import { startServer } from '../../src/server/server.ts'
import { startServerThread } from '../../src/server/thread.ts'
import { runServer, sdkClient } from './running-server.ts'

for (const [name, start] of [['this thread', startServer], ['a thread of its own', startServerThread]] as const) {
  test(`on ${name}: objects go in and out, and are counted`, async (t) => {
    const lines: string[] = []
    const server = await start({ buckets: ['data'], region: 'eu-west-3', log: (line) => { lines.push(line) } })
    t.after(() => server.close())
    assert.deepEqual(await server.stats(), { requests: {}, openUploads: 0, objects: 0, bytes: 0 })
    const client = sdkClient(t, server)
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'k', Body: 'abc' }))
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'k' }))
    assert.equal(await Body!.transformToString(), 'abc')
    assert.deepEqual(await server.stats(), { requests: { PutObject: 1, GetObject: 1 }, openUploads: 0, objects: 1, bytes: 3 })
    assert.equal(server.region, 'eu-west-3')
    assert.match(lines.join('\n'), /PUT \/data\/k\S* 200\n.*GET \/data\/k\S* 200$/)
  })

  test(`on ${name}: the port is free after the end, whoever is still connected`, async (t) => {
    const server = await start({ buckets: ['data'] })
    const port = Number(new URL(server.endpoint).port)
    const client = sdkClient(t, server)
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'k', Body: 'abc' }))
    const silent = net.connect(port, '127.0.0.1')
    await new Promise((resolve) => { silent.once('connect', resolve) })
    const gone = new Promise((resolve) => { silent.once('close', resolve) })
    silent.on('error', () => {})
    await Promise.all([server.close(), server.close()])
    await gone
    const again = await start({ port })
    assert.equal(again.endpoint, `http://127.0.0.1:${port}`)
    await again.close()
  })

  test(`on ${name}: a port in use and a bad bucket are usage faults`, async (t) => {
    const port = Number(new URL((await runServer(t)).endpoint).port)
    await assert.rejects(start({ port }), (error) => isFault(error, 'usage') && error.message.includes(String(port)))
    await assert.rejects(start({ buckets: ['No'] }), (error) => isFault(error, 'usage') && error.message.includes('No'))
  })
}

const hasLoopback6 = Object.values(os.networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
for (const [host, shown] of [['127.0.0.1', '127.0.0.1'], ['0.0.0.0', '127.0.0.1'], ['::1', '[::1]'], ['[::1]', '[::1]'], ['::', '[::1]']] as const) {
  test(`--host ${host} is told as http://${shown}:port`, { skip: host.includes(':') && !hasLoopback6 ? 'this machine has no IPv6 loopback' : false }, async (t) => {
    const server = await runServer(t, { host, allowAnonymous: true })
    const { port } = new URL(server.endpoint)
    assert.equal(server.endpoint, `http://${shown}:${port}`)
    assert.equal((await fetch(`${server.endpoint}/data?list-type=2`)).status, 200)
    await assert.rejects(startServer({ host, port: Number(port) }), (error) => isFault(error, 'usage') && error.message.includes(`${host.includes('::') ? `[${host.replace(/[[\]]/g, '')}]` : host}:${port}`))
  })
}

test('what is being answered when the end comes is answered', async (t) => {
  const server = await startServer({ buckets: ['data'] })
  const client = sdkClient(t, server)
  const body = Buffer.alloc(20_000_000, 'a')
  await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'k', Body: body }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'k' }))
  const closed = server.close()
  assert.ok(body.equals(await Body!.transformToByteArray()))
  await closed
})

test('fresh credentials are random', async (t) => {
  const [a, b] = [await runServer(t), await runServer(t)]
  assert.notEqual(a.credentials.accessKeyId, b.credentials.accessKeyId)
  assert.notEqual(a.credentials.secretAccessKey, b.credentials.secretAccessKey)
})

test('a thread tells its CPU time', { skip: process.platform === 'linux' ? false : 'only known on Linux' }, async (t) => {
  const server = await startServerThread({ buckets: ['data'] })
  t.after(() => server.close())
  const before = await server.cpuSeconds!()
  const client = sdkClient(t, server)
  for (let i = 0; i < 20; i++) await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'k', Body: Buffer.alloc(100_000) }))
  const after = await server.cpuSeconds!()
  assert.ok(before! > 0 && after! > before! && after! < 60, `${before} to ${after}`)
})

test('a server that has ended says so', async () => {
  const server = await startServerThread()
  await server.close()
  await assert.rejects(server.stats(), /has ended/)
})

test('time is the clock\'s', async (t) => {
  const wall = Date.parse('2030-01-02T03:04:05.678Z')
  const server = await runServer(t, { clock: { now: () => 0, wallMilliseconds: () => wall, sleep: async () => {}, sleepUntil: async () => {} }, allowAnonymous: true })
  await fetch(`${server.endpoint}/data/k`, { method: 'PUT', body: 'a' })
  const { headers } = await fetch(`${server.endpoint}/data/k`)
  assert.equal(headers.get('last-modified'), 'Wed, 02 Jan 2030 03:04:05 GMT')
  assert.match(await (await fetch(`${server.endpoint}/data?list-type=2`)).text(), /<LastModified>2030-01-02T03:04:05.000Z</)
})
