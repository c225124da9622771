// What runs in the thread of `startTlsFront`.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'
import { fixture } from './root.ts'

const { hostname, port } = new URL(workerData as string)
const front = tls.createServer({ key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(fixture('tls', 'localhost.cert.pem')) }, (socket) => {
  const behind = net.connect(Number(port), hostname)
  socket.pipe(behind).pipe(socket)
  for (const each of [socket, behind]) each.on('error', () => { socket.destroy(); behind.destroy() })
})
front.listen(0)
await once(front, 'listening')
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage((front.address() as AddressInfo).port)
