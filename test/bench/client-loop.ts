// The clients that are compared, each as its users write it, with the same number of connections.
// Ours read into memory of the caller, the libraries hand out chunks that nobody keeps.

import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { openStore } from '../../src/storage/index.ts'
import { ratesOf, type Sample } from './case.ts'
import type { LoopClient, LoopTask } from './client.ts'
import { measureLanes, type Lane } from './stretch.ts'

interface Client {
  readonly lanes: readonly Lane[]
  close(): Promise<void> | void
}

const clients: Readonly<Record<LoopClient, (task: LoopTask) => Promise<Client>>> = {
  direct: async (task) => await storeClient(task, 'direct'),
  'undici transport': async (task) => await storeClient(task, 'undici'),
  undici: undiciClient,
  sdk: sdkClient,
  'node:http': nodeClient,
  'bare socket': socketClient,
}

export async function runLoop(task: LoopTask): Promise<Sample> {
  const client = await clients[task.client](task)
  const counts = await measureLanes(client.lanes, task.seconds)
  await client.close()
  return ratesOf(counts)
}

function lanesOf({ connections, operation, key }: LoopTask, lane: (key: string) => Lane): Lane[] {
  return Array.from({ length: connections }, (_, i) => lane(operation === 'get' ? key : `${key}-${i}`))
}

async function storeClient(task: LoopTask, transport: 'direct' | 'undici'): Promise<Client> {
  const { spec, size, operation } = task
  const store = await openStore({ ...spec, transport })
  const lanes = lanesOf(task, (key) => {
    const memory = Buffer.allocUnsafeSlow(size).fill(7)
    return async () => {
      if (operation === 'get') await store.read(key, { offset: 0, length: size }, memory)
      else await store.write(key, memory)
      return size
    }
  })
  return { lanes, close: () => store.close() }
}

async function undiciClient(task: LoopTask): Promise<Client> {
  const { Pool } = await import('undici')
  const { spec, connections, operation, size } = task
  const pool = new Pool(spec.endpoint!, { connections })
  const lanes = lanesOf(task, (key) => {
    const path = `/${spec.bucket}/${key}`, body = Buffer.alloc(size, 7)
    return async () => {
      const answer = await pool.request(operation === 'get' ? { path, method: 'GET' } : { path, method: 'PUT', body })
      if (answer.statusCode !== 200) throw refusal(answer.statusCode)
      let bytes = 0
      for await (const chunk of answer.body) bytes += (chunk as Buffer).length
      return operation === 'get' ? bytes : size
    }
  })
  return { lanes, close: () => pool.close() }
}

async function sdkClient(task: LoopTask): Promise<Client> {
  const { GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3')
  const { spec, connections, operation, size } = task
  const client = new S3Client({ endpoint: spec.endpoint!, region: spec.region, credentials: spec.credentials!, forcePathStyle: true, maxAttempts: 1, requestHandler: { httpAgent: { maxSockets: connections, keepAlive: true } } })
  const lanes = lanesOf(task, (Key) => {
    const target = { Bucket: spec.bucket, Key }, body = Buffer.alloc(size, 7)
    if (operation === 'put') return async () => {
      await client.send(new PutObjectCommand({ ...target, Body: body }))
      return size
    }
    return async () => {
      const { Body } = await client.send(new GetObjectCommand(target))
      let bytes = 0
      for await (const chunk of Body as AsyncIterable<Uint8Array>) bytes += chunk.length
      return bytes
    }
  })
  return { lanes, close: () => { client.destroy() } }
}

async function nodeClient(task: LoopTask): Promise<Client> {
  const { spec, connections, operation, size } = task
  const { hostname, port } = new URL(spec.endpoint!)
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const lanes = lanesOf(task, (key) => {
    const body = Buffer.alloc(size, 7)
    return () => new Promise((resolve, reject) => {
      const request = http.request({ host: hostname, port, path: `/${spec.bucket}/${key}`, agent, method: operation === 'get' ? 'GET' : 'PUT', headers: operation === 'get' ? {} : { 'content-length': size } }, (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => { bytes += chunk.length })
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) resolve(operation === 'get' ? bytes : size)
          else reject(refusal(response.statusCode))
        })
      }).on('error', reject)
      request.end(operation === 'get' ? undefined : body)
    })
  })
  return { lanes, close: () => { agent.destroy() } }
}

/** What sockets of Node take at least: a head that was put together before, the body, and an answer of which only its ends are looked at. */
async function socketClient(task: LoopTask): Promise<Client> {
  const { spec, operation, size } = task
  if (operation === 'get') throw new Error('bare sockets only write: reading needs a parser')
  const { host, hostname, port } = new URL(spec.endpoint!)
  const sockets: net.Socket[] = []
  const lanes = lanesOf(task, (key) => {
    const head = `PUT /${spec.bucket}/${key} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${size}\r\n\r\n`, body = Buffer.alloc(size, 7), answer = Buffer.alloc(4096)
    const answers = new EventEmitter()
    const socket = net.connect({ host: hostname, port: Number(port), onread: { buffer: answer, callback: (length) => answers.emit('answer', answer.toString('latin1', 0, length)) } })
    socket.setNoDelay(true)
    sockets.push(socket)
    return () => new Promise((resolve, reject) => {
      answers.once('answer', (text: string) => {
        if (text.startsWith('HTTP/1.1 200 ') && text.endsWith('\r\n\r\n')) resolve(size)
        else reject(new Error(`the server answers ${JSON.stringify(text.slice(0, 60))}`))
      })
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body)
      socket.uncork()
    })
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return { lanes, close: () => { for (const socket of sockets) socket.destroy() } }
}

function refusal(status: number | undefined): Error {
  return new Error(`the server answers ${String(status)}`)
}
