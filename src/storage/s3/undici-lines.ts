// How the clients of undici get their sockets: straight from the store, or through a proxy, which forwards plain text and leads TLS on by CONNECT.
// Not by undici's own ProxyAgent (7.30): it forwards only where the proxy itself speaks plain text, its errors do not tell whose
// certificate is wrong, and it asks for ever where the proxy hangs up.

import type { Socket } from 'node:net'
import { buildConnector, Client, type Dispatcher } from 'undici'
import { KiB } from '../../util/units.ts'
import type { Target } from './connection.ts'
import type { Proxy } from './proxy.ts'
import { ProxyFailure } from './undici-errors.ts'

/** Told when undici has made a socket, and when one is gone. */
export interface Listeners { readonly onMade: () => void; readonly onGone: () => void }

export type Handler = Dispatcher.DispatchHandler
export interface Request { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array | AsyncIterable<Uint8Array> | null }

/** One connection at most, made when there is something to send. */
export interface Line {
  readonly send: (request: Request, handler: Handler) => void
  /** Ends it at once, also while it is being made. */
  readonly hangUp: () => void
}

export type Dial = (listeners: Listeners) => Line

/** Begins to make a socket. What it returns gives it up. */
type Connect = (options: buildConnector.Options, callback: buildConnector.Callback) => () => void

/** Milliseconds. A connection rests until the store ends it; what that costs, the pool knows. */
const keepAlive = 600_000
const settings = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAlive, keepAliveMaxTimeout: keepAlive, maxHeaderSize: 64 * KiB } as const

export function directly(origin: string, target: Target): Dial {
  const connect = connectTo(target)
  return (listeners) => lineOf(origin, connect, listeners)
}

/** `beyond`: the store at `origin`, whose TLS decides the way; `target`: the proxy. */
export function throughProxy(proxy: Proxy, target: Target, origin: string, beyond: Target): Dial {
  const first = blamingProxy(connectTo(target))
  const authorization: Record<string, string> = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }
  if (beyond.tls) {
    const connect = tunnel({ proxy: proxy.origin, authorization, first, beyond: connectTo(beyond) }, authorityOf(origin))
    return (listeners) => lineOf(origin, connect, listeners)
  }
  // Proxies expect plain text like this, and many lead CONNECT to port 443 only.
  return (listeners) => {
    const { send, hangUp } = lineOf(proxy.origin, first, listeners)
    return { send: (request, handler) => { send({ ...request, path: origin + request.path, headers: { ...request.headers, ...authorization } }, handler) }, hangUp }
  }
}

function lineOf(origin: string, connect: Connect, { onMade, onGone }: Listeners): Line {
  // A client that is destroyed does not let go of a socket that is not made yet.
  let giveUp = noop
  const client = new Client(origin, { ...settings, connect: (options: buildConnector.Options, callback: buildConnector.Callback) => { giveUp = connect(options, callback) } })
    .on('connect', onMade).on('disconnect', onGone)
  return {
    send: ({ body, ...request }, handler) => { client.dispatch({ ...request, body: body as Exclude<Dispatcher.DispatchOptions['body'], undefined>, reset: false }, handler) },
    hangUp: () => { client.destroy(noop); giveUp() },
  }
}

function connectTo({ host, tls, timeouts }: Target): Connect {
  // Typed as if it returned nothing.
  const connect = buildConnector({ ...tls, timeout: timeouts.connect }) as (...args: Parameters<buildConnector.connector>) => Socket
  return (options, callback) => {
    // The name in `options` is that of the `host` header, which a proxy's certificate has not.
    const socket = connect({ ...options, hostname: host, servername: '' }, callback)
    return () => { socket.destroy() }
  }
}

function blamingProxy(connect: Connect): Connect {
  return (options, callback) => connect(options, (...[error, socket]) => {
    if (error) callback(new ProxyFailure({ cause: error }), null)
    else callback(null, socket)
  })
}

interface Legs { readonly proxy: string; readonly authorization: Readonly<Record<string, string>>; readonly first: Connect; readonly beyond: Connect }

/** A way through the proxy to `authority`, "host:port". */
function tunnel({ proxy, authorization, first, beyond }: Legs, authority: string): Connect {
  return (options, callback) => {
    let giveUp = noop
    const asking = new Client(proxy, { ...settings, connect: (to: buildConnector.Options, made: buildConnector.Callback) => { giveUp = first(to, made) } })
    asking.connect({ path: authority, headers: { host: authority, ...authorization } }, (error, answer) => {
      if (error) { callback(error instanceof ProxyFailure ? error : new ProxyFailure({ cause: error }), null); return }
      // The socket is no longer the client's.
      asking.destroy(noop)
      const { statusCode: status } = answer
      const socket = answer.socket as Socket
      if (status < 200 || status > 299) {
        socket.on('error', noop).destroy()
        callback(new ProxyFailure({ status }), null)
        return
      }
      const giveUpBeyond = beyond({ ...options, httpSocket: socket }, callback)
      giveUp = () => { giveUpBeyond(); socket.destroy() }
    })
    return () => { asking.destroy(noop); giveUp() }
  }
}

function authorityOf(origin: string): string {
  const { hostname, port } = new URL(origin)
  return `${hostname}:${port || 443}`
}

function noop(): void {}
