// An HTTP proxy on the loopback: forwards plain text, and tunnels by CONNECT. It can speak TLS itself.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { fixture } from './root.ts'

export interface RunningProxy {
  readonly address: string
  /** Request lines, and the `proxy-authorization` of each. */
  readonly asked: [line: string, authorization: string | undefined][]
  close(): Promise<void>
}

export interface ProxyOptions {
  /** The status that it answers instead of leading on; 0: it hangs up. */
  readonly refuse?: number
  /** Hosts that stand for other addresses. */
  readonly known?: Readonly<Record<string, string>>
  /** Of test/fixtures/tls, what it shows as its own: it speaks TLS then. */
  readonly certificate?: 'localhost' | 'loopback'
}

/** What concerns one connection only (RFC 9110 7.6.1). */
function endToEnd(all: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  const headers = { ...all }
  for (const name of ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection']) delete headers[name]
  return headers
}

/** A proxy that leads anywhere. */
export async function startProxy({ refuse, known = {}, certificate }: ProxyOptions = {}): Promise<RunningProxy> {
  const asked: RunningProxy['asked'] = []
  const sockets = new Set<net.Socket>()
  const server = certificate === undefined ? http.createServer() : https.createServer({
    cert: readFileSync(fixture('tls', `${certificate}.cert.pem`)), key: readFileSync(fixture('tls', `${certificate}.key.pem`)),
  })
  server.on('tlsClientError', () => {})
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    asked.push([`${request.method} ${request.url}`, request.headers['proxy-authorization']])
    if (refuse === 0) { response.destroy(); return }
    if (refuse !== undefined) { response.writeHead(refuse).end(); return }
    // The path as it was sent: URL would put in order what keys may hold.
    const [, origin = '', path = ''] = /^(http:\/\/[^/?]*)(.*)$/.exec(request.url!) ?? []
    const headers = { ...endToEnd(request.headers), connection: 'close' }
    const onward = http.request(known[new URL(origin).host] ?? origin, { agent: false, method: request.method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, endToEnd(answer.headers))
      answer.on('error', () => { response.destroy() })
      answer.pipe(response)
    })
    onward.on('error', () => { response.destroy() })
    response.on('close', () => { onward.destroy() })
    request.pipe(onward)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
  })
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    asked.push([`${request.method} ${request.url}`, request.headers['proxy-authorization']])
    if (refuse === 0) { socket.destroy(); return }
    if (refuse !== undefined) { socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`); return }
    const [host, port] = request.url!.split(':')
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    for (const each of [socket, onward]) each.on('error', () => {}).on('close', () => { socket.destroy(); onward.destroy() })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked, address: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
