// An S3 server in this process. Strict: what it does not understand it refuses, so that a client that passes here passes at S3.

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { isIPv6, type AddressInfo } from 'node:net'
import { systemClock, type Clock } from '../util/clock.ts'
import { Fault } from '../util/fault.ts'
import { Authentication, type Credentials } from './authentication.ts'
import { Buckets } from './buckets.ts'
import { trackConnections } from './connections.ts'
import { isDirectoryBucketName, Sessions } from './directory-buckets.ts'
import { createDirectoryObjects } from './directory-objects.ts'
import { S3Error } from './errors.ts'
import { createFaults } from './faults.ts'
import { parseFaults, type FaultKind, type FaultPlan } from './fault-rules.ts'
import { createHandler } from './handler.ts'
import { createMemoryObjects } from './memory-objects.ts'
import { Uploads } from './multipart.ts'
import type { Handler, S3Response, ServerState } from './operation.ts'
import { parseRequest } from './request.ts'
import { errorDocument, errorResponse, send } from './respond.ts'
import { delayConnections } from './slow-accept.ts'
import { Statistics, type ServerStats } from './statistics.ts'
import { nameIn, readIdentity, type Identity, type TlsFiles } from './tls.ts'

export type { Credentials } from './authentication.ts'
export type { ServerStats } from './statistics.ts'

export interface ServerOptions {
  /** Address to listen on, IPv6 with or without brackets: 127.0.0.1 when absent. */
  readonly host?: string
  /** 0 or absent for a free one. */
  readonly port?: number
  /** us-east-1 when absent. */
  readonly region?: string
  /** Fresh random ones when absent. */
  readonly credentials?: readonly Credentials[]
  /** Made at the start unless they are there. */
  readonly buckets?: readonly string[]
  /** `buckets` keep every version of their objects. */
  readonly versioned?: boolean
  /** Objects are files below this folder and outlast the server. In memory when absent. */
  readonly directory?: string
  readonly clock?: Clock
  /** Is given one line per request. */
  readonly log?: (line: string) => void
  /** Lets requests without a signature do everything. */
  readonly allowAnonymous?: boolean
  /** What is to go wrong: "slow-down:get@2%,latency=20ms". The grammar is in docs/semantics.md. */
  readonly faults?: string
  /** Speaks TLS, with this certificate. Plain HTTP when absent. */
  readonly tls?: TlsFiles
}

export interface RunningServer {
  /** As in "http://127.0.0.1:49152"; with TLS by a name that is in the certificate, where one fits. */
  readonly endpoint: string
  readonly region: string
  /** The first of the credentials. */
  readonly credentials: Credentials
  stats(): Promise<ServerStats>
  /** CPU time of the server's own thread so far. Absent when it shares the caller's, undefined where it cannot be known. */
  cpuSeconds?(): Promise<number | undefined>
  /** Lets what is being answered finish. Resolves when the port is free. */
  close(): Promise<void>
}

function randomCredentials(): Credentials {
  return { accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`, secretAccessKey: randomBytes(30).toString('base64') }
}

/** Starts a server on this thread. @throws {Fault} 'usage' when the address cannot be listened on or `faults` or `tls` cannot be read, 'storage' when the folder cannot be used */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { region = 'us-east-1', clock = systemClock } = options
  const host = (options.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1')
  const plan = options.faults === undefined ? undefined : parseFaults(options.faults)
  const skew = valueOf(plan, 'clock-skew')
  const wallMilliseconds = (): number => clock.wallMilliseconds() + (skew ?? 0)
  const credentials = options.credentials?.length ? options.credentials : [randomCredentials()]
  const backend = options.directory === undefined ? createMemoryObjects() : createDirectoryObjects(options.directory)
  const now = (): number => Math.floor(wallMilliseconds() / 1000) * 1000
  const sessions = new Sessions()
  const state: ServerState = { region, buckets: new Buckets(backend), uploads: new Uploads(), sessions, backend, now }
  await state.buckets.load()
  for (const bucket of options.buckets ?? []) createInitialBucket(state, bucket, options.versioned ?? false)

  const statistics = new Statistics()
  const authentication = new Authentication({ credentials, sessions, region, wallMilliseconds, allowAnonymous: options.allowAnonymous ?? false })
  const handler = createHandler({ state, authentication, statistics, faults: plan && createFaults(plan) })
  const identity = options.tls && readIdentity(options.tls)
  const front = createFront(handler, {
    baseHosts: ['localhost', host.toLowerCase(), ...(identity ? [nameIn(identity, [host])] : [])], identity, ...(options.log ? { log: options.log } : {}),
    acceptDelay: valueOf(plan, 'slow-accept'),
    ...(skew === undefined ? {} : { date: () => new Date(wallMilliseconds()).toUTCString() }),
  })
  await listen(front.server, host, options.port ?? 0)
  const { port, address } = front.server.address() as AddressInfo
  const name = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : isIPv6(address) ? bracketed(address) : host
  return {
    endpoint: identity ? `https://${nameIn(identity, [name, 'localhost'])}:${port}` : `http://${name}:${port}`, region, credentials: credentials[0]!,
    stats: async () => statistics.snapshot(state),
    close: () => front.close(),
  }
}

/** As it stands before a port. */
function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** Of a fault of the whole server. */
function valueOf(plan: FaultPlan | undefined, kind: FaultKind): number | undefined {
  return plan?.rules.find((rule) => rule.kind === kind)?.value
}

function createInitialBucket({ buckets, now }: ServerState, name: string, isVersioned: boolean): void {
  try {
    buckets.create(name, now())
    if (isVersioned && !isDirectoryBucketName(name)) buckets.setVersioning(buckets.get(name), 'Enabled')
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    throw new Fault('usage', `'${name}' is not a bucket name.`, { info: { key: 'buckets' }, hint: 'Use 3 to 63 lower-case letters, digits, dots and hyphens.', cause: error })
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Fault('usage', `The S3 server cannot listen on ${bracketed(host)}:${port}: ${cause.message}.`, { info: { key: 'port' }, hint: 'Choose another address or port; port 0 takes a free one.', cause }))
    })
    server.listen(port, host, () => { resolve() })
  })
}

/** A presigned URL is a key to what it names: logs must not pass it on. */
function withoutSecrets(url: string): string {
  return url.replaceAll(/([?&]X-Amz-(?:Signature|Credential|Security-Token)=)[^&]*/gi, '$1…')
}

interface FrontOptions { readonly baseHosts: readonly string[]; readonly log?: (line: string) => void; readonly date?: () => string; readonly acceptDelay?: number | undefined; readonly identity: Identity | undefined }

/** The HTTP side: from messages to requests, from responses and errors to messages. */
function createFront(handler: Handler, { baseHosts, log, date, acceptDelay, identity }: FrontOptions): { server: Server; close(): Promise<void> } {
  // Clients keep connections over pauses of a training step; a body may take as long as it likes.
  const settings = { keepAliveTimeout: 60_000, requestTimeout: 0, noDelay: true }
  const server = identity ? createSecureServer({ ...settings, cert: identity.cert, key: identity.key }) : createServer(settings)
  if (acceptDelay !== undefined) delayConnections(server, acceptDelay)
  const connections = trackConnections(server)
  const idStart = randomBytes(5).toString('hex').toUpperCase()
  let count = 0

  const answer = async (message: IncomingMessage, out: ServerResponse, expectsContinue: boolean): Promise<void> => {
    connections.begin(message, out)
    const requestId = `${idStart}${(count++).toString(16).toUpperCase().padStart(8, '0')}`
    let continued = !expectsContinue
    let response: S3Response
    try {
      const request = parseRequest(message, requestId, baseHosts)
      if (expectsContinue) request.sendContinue = () => { continued = true; out.writeContinue() }
      response = await handler(request)
    } catch (error) {
      const known = error instanceof S3Error ? error : new S3Error('InternalError')
      if (known !== error) log?.(`${requestId} ${error instanceof Error ? error.stack : String(error)}`)
      response = errorResponse(known, (message.url ?? '').split('?', 1)[0]!, requestId)
    }
    log?.(`${requestId} ${message.method} ${withoutSecrets(message.url ?? '')} ${response.status}`)
    // A client that waits to be told to go on may or may not send its body now: the connection cannot be used again.
    const close = connections.closing || !continued
    await send(out, response, { requestId, headOnly: message.method === 'HEAD', close, date: date?.() })
  }
  const serve = (message: IncomingMessage, out: ServerResponse, expectsContinue: boolean): void => {
    answer(message, out, expectsContinue).catch(() => { out.destroy() })
  }
  server.on('request', (message, out) => { serve(message, out, false) })
  server.on('checkContinue', (message, out) => { serve(message, out, true) })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Who speaks no TLS would not understand the answer.
    if (error.code === 'ECONNRESET' || error.code?.startsWith('ERR_SSL') || !socket.writable) { socket.destroy(); return }
    const text = errorDocument(new S3Error('BadRequest', { message: `An error occurred when parsing the HTTP request: ${error.code ?? error.message}.` }), '', '')
    socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`)
  })
  return { server, close: () => connections.close() }
}
