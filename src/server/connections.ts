// Ends a server without cutting off what it is answering.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'

/** How long a request that is being answered may hold up the end. */
const graceMilliseconds = 2000

export interface Connections {
  readonly closing: boolean
  /** To be called with every request, before it is answered. */
  begin(message: IncomingMessage, out: ServerResponse): void
  /** Resolves when no socket is left and the port is free. */
  close(): Promise<void>
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>()
  const busy = new Set<Socket>()
  let closed: Promise<void> | undefined
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket); busy.delete(socket) })
  }
  if (server instanceof SecureServer) {
    // Until it speaks TLS a connection is a socket by itself; then another object is, and ends it.
    const shaking = new Map<string, Socket>()
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket)
      shaking.set(peer, socket)
      track(socket)
      socket.once('close', () => { shaking.delete(peer) })
    })
    server.on('secureConnection', (socket: Socket) => {
      sockets.delete(shaking.get(peerOf(socket))!)
      track(socket)
    })
  } else server.on('connection', track)
  // Node would also end connections whose response is complete but not yet sent; here, `busy` knows better.
  server.closeIdleConnections = () => {}
  const shut = async (): Promise<void> => {
    const finished = new Promise<void>((resolve) => { server.close(() => { resolve() }) })
    for (const socket of sockets) if (!busy.has(socket)) socket.destroy()
    const grace = setTimeout(() => { for (const socket of sockets) socket.destroy() }, graceMilliseconds)
    await finished
    clearTimeout(grace)
  }
  return {
    get closing() { return closed !== undefined },
    begin({ socket }, out) {
      busy.add(socket)
      out.once('finish', () => {
        busy.delete(socket)
        if (closed) socket.destroySoon()
      })
    },
    close: () => (closed ??= shut()),
  }
}
