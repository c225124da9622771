// A TCP server that says exactly what a test wants it to say, byte by byte.

import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { S3Spec } from '../../../src/storage/index.ts'

export interface Incoming {
  /** The request's head as it came. */
  readonly head: string
  readonly body: Buffer
  readonly socket: net.Socket
  /** Counted from 0 over all connections. */
  readonly index: number
  /** The connection it came on, counted from 0. */
  readonly connection: number
}

export interface RawServer {
  readonly endpoint: string
  readonly requests: Incoming[]
  readonly sockets: Set<net.Socket>
  numConnections(): number
  spec(more?: Partial<S3Spec>): S3Spec
  close(): Promise<void>
}

const go = (socket: net.Socket): void => { socket.write('HTTP/1.1 100 Continue\r\n\r\n') }

/** Answers each whole request by `respond`, and the announcement of a body by `onExpect`. */
export async function startRawServer(
  respond: (request: Incoming) => unknown, onConnection: (socket: net.Socket) => void = () => {},
  onExpect: (socket: net.Socket) => void = go, { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<RawServer> {
  const requests: Incoming[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  const server = net.createServer((socket) => {
    const connection = connections++
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => { sockets.delete(socket) })
    onConnection(socket)
    let received = Buffer.alloc(0), isAnnounced = false
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        const end = received.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = received.toString('latin1', 0, end)
        if (!isAnnounced && /^expect: 100-continue$/m.test(head)) {
          isAnnounced = true
          onExpect(socket)
        }
        const length = Number(/^content-length: (\d+)$/m.exec(head)?.[1] ?? 0)
        if (received.length < end + 4 + length) return
        const request = { head, body: received.subarray(end + 4, end + 4 + length), socket, index: requests.length, connection }
        received = received.subarray(end + 4 + length)
        isAnnounced = false
        requests.push(request)
        respond(request)
      }
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const endpoint = `http://${net.isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  return {
    endpoint, requests, sockets,
    numConnections: () => connections,
    spec: (more = {}) => ({
      kind: 's3', transport: 'direct', bucket: 'bucket', endpoint, region: 'us-east-1', addressing: 'path', maxAttempts: 1, partSize: 1 << 20,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret' }, timeouts: { connect: 2000, firstByte: 5000, idle: 5000 }, ...more,
    }),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A 206 for `length` bytes from `offset`, with `body` after it. */
export function partial(offset: number, length: number, more: { total?: number; headers?: string; contentLength?: number } = {}): string {
  const { total = 1000, headers = '', contentLength = length } = more
  return `HTTP/1.1 206 Partial Content\r\nContent-Length: ${contentLength}\r\nContent-Range: bytes ${offset}-${offset + length - 1}/${total}\r\nETag: "abc"\r\n${headers}\r\n`
}

export function text(status: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
}

export function errorXml(code: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>about ${code}.</Message>${more}<RequestId>REQ1</RequestId></Error>`
}
