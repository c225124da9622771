// Requests as bytes on a socket: what the SDK would never send.

import { createHash } from 'node:crypto'
import net from 'node:net'
import { formatAmzDate } from '../../src/server/authorization.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { canonicalRequest, sign, signingKey, stringToSign } from '../../src/server/signature.ts'
import { parseQuery } from '../../src/server/uri.ts'

export interface RawResponse {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** The Code of an error document, or ''. */
  readonly code: string
  /** Everything, interim responses included. */
  readonly text: string
}

export interface SignOptions {
  readonly method?: string
  /** Encoded as it is to be sent. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Instead of the body's SHA-256. */
  readonly payloadHash?: string
  readonly date?: Date
  readonly region?: string
  /** s3 when absent. */
  readonly service?: string
  readonly secret?: string
  /** The date in a Date header instead of x-amz-date. */
  readonly dateHeader?: boolean
  /** Sent without being signed. */
  readonly unsigned?: Readonly<Record<string, string>>
}

const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

/** Headers of a request signed as a good client would. */
export function signedHeaders(server: RunningServer, options: SignOptions): Record<string, string> {
  const { method = 'GET', target, body = '', date = new Date(), region = server.region, service = 's3', secret = server.credentials.secretAccessKey } = options
  const payloadHash = options.payloadHash ?? hash(body)
  const amzDate = formatAmzDate(date.getTime())
  const headers: Record<string, string> = {
    host: new URL(server.endpoint).host, ...options.headers, 'x-amz-content-sha256': payloadHash,
    ...(options.dateHeader ? { date: date.toUTCString() } : { 'x-amz-date': amzDate }),
  }
  const names = Object.keys(headers).toSorted()
  const [path = '', query = ''] = target.split('?', 2)
  const scope = `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`
  const canonical = canonicalRequest({ method, path, query: parseQuery(query).canonical, headers: new Map(Object.entries(headers)), signedHeaders: names, payloadHash })
  const signature = sign(signingKey(secret, scope), stringToSign(amzDate, scope, canonical))
  return {
    ...headers, ...options.unsigned,
    authorization: `AWS4-HMAC-SHA256 Credential=${server.credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

/** The request as bytes; a body brings its Content-Length unless `headers` has one or a Transfer-Encoding. */
export function requestBytes(method: string, target: string, headers: Readonly<Record<string, string>>, body: string | Buffer = ''): Buffer {
  const lines = Object.entries({ connection: 'close', ...headers })
  const lengthKnown = 'content-length' in headers || 'transfer-encoding' in headers
  if (!lengthKnown && body.length > 0) lines.push(['content-length', String(Buffer.byteLength(body))])
  const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}

/** Sends bytes and reads until the server closes. */
export async function exchange(server: RunningServer, bytes: Buffer | string): Promise<RawResponse> {
  const { hostname, port } = new URL(server.endpoint)
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => { socket.write(bytes) })
    socket.setTimeout(10_000, () => { socket.destroy(new Error('no answer within 10 s')) })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', resolve)
    socket.on('error', reject)
  })
  return parseResponse(Buffer.concat(chunks))
}

export function parseResponse(all: Buffer): RawResponse {
  const text = all.toString('latin1')
  const begin = text.startsWith('HTTP/1.1 100') ? text.indexOf('\r\n\r\n') + 4 : 0
  const end = text.indexOf('\r\n\r\n', begin)
  const [statusLine = '', ...lines] = text.slice(begin, end).split('\r\n')
  const headers = new Map(lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  const body = all.subarray(end + 4)
  return { status: Number(statusLine.split(' ')[1]), headers, body, code: /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1] ?? '', text }
}

/** A signed request, sent and answered. */
export function request(server: RunningServer, options: SignOptions): Promise<RawResponse> {
  return exchange(server, requestBytes(options.method ?? 'GET', options.target, signedHeaders(server, options), options.body))
}
