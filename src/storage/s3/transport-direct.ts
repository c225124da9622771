// The transport of our own: HTTP/1.1 over TCP or TLS sockets that write into the caller's memory. Knows no proxies.

import { targetOf } from './address.ts'
import { Connection } from './connection.ts'
import { Pool } from './pool.ts'
import type { OpenTransport } from './transport.ts'

export const openDirect: OpenTransport = (to, spec) => {
  const target = targetOf(to, spec)
  return new Pool((context, owner) => new Connection(target, context, owner), spec)
}
