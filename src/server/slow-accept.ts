// Connections that the server takes its time to look at: a slow handshake for those who speak TLS, a late answer for the others.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'

type Accept = (this: Server, socket: Socket) => void

/** A client that leaves early is no error. */
function noError(): void {}

/** `server` begins to read each connection only after so many milliseconds; listeners that come later hear of it at once. What came meanwhile waits in the socket. */
export function delayConnections(server: Server, milliseconds: number): void {
  const accepting = server.listeners('connection') as Accept[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    socket.on('error', noError)
    const timer = setTimeout(() => {
      socket.off('error', noError)
      for (const accept of accepting) accept.call(server, socket)
    }, milliseconds)
    socket.once('close', () => { clearTimeout(timer) })
  })
}
