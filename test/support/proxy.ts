// An HTTP proxy on the loopback: forwards plain text, and tunnels by CONNECT.

import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'

export interface RunningProxy {
  readonly address: string
  /** Request lines, and the `proxy-authorization` of each. */
  readonly asked: [line: string, authorization: string | undefined][]
  close(): Promise<void>
}

/** A proxy that leads anywhere; hosts in `known` stand for other addresses. `refuse`: the status it answers instead. */
export async function startProxy({ refuse, known = {} }: { refuse?: number; known?: Readonly<Record<string, string>> } = {}): Promise<RunningProxy> {
  const asked: RunningProxy['asked'] = []
  const sockets = new Set<net.Socket>()
  const server = http.createServer((request, response) => {
    asked.push([`${request.method} ${request.url}`, request.headers['proxy-authorization']])
    if (refuse !== undefined) { response.writeHead(refuse).end(); return }
    const url = new URL(request.url!)
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = http.request(known[url.host] ?? url.origin, { method: request.method, path: url.pathname + url.search, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => { response.destroy() })
    request.pipe(onward)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
  })
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    asked.push([`${request.method} ${request.url}`, request.headers['proxy-authorization']])
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
    asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
