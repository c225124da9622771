// An S3 endpoint of any number of objects that nobody wrote: keys by DLIO's rule, pages by arithmetic, content all zeros.
// It speaks as much HTTP as listings, HEAD and ranged GET need. As a process of its own it takes none of a measured client's CPU:
// node test/support/key-server.ts '{"prefix":"data","numFilesTrain":10000000,"numSubfoldersTrain":64}' prints its port.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fileKey, numFilesOf, numSubfoldersOf, type DataSetName, type Layout } from '../../src/dataset/names.ts'
import { compareKeys } from '../../src/storage/key-order.ts'

export interface KeyServerOptions extends Partial<Layout> {
  /** Indices of files, train and eval counted on, whose size and ETag are others than they would be. */
  readonly changed?: readonly number[]
  /** Keys besides, of 1 byte; they must come after all others. */
  readonly more?: readonly string[]
}

const emptyLayout: Layout = { prefix: 'data', filePrefix: 'img', extension: 'npz', numFilesTrain: 0, numFilesEval: 0, numSubfoldersTrain: 0, numSubfoldersEval: 0 }

/** The keys of a data set in key order, without holding one of them. */
export class SyntheticKeys {
  readonly layout: Layout
  readonly #changed: ReadonlySet<number>
  readonly #more: readonly string[]

  constructor({ changed = [], more = [], ...layout }: KeyServerOptions) {
    this.layout = { ...emptyLayout, ...layout }
    this.#changed = new Set(changed)
    this.#more = more
  }

  get length(): number { return this.layout.numFilesTrain + this.layout.numFilesEval + this.#more.length }

  /** Position in key order → index of the file; files of the eval set are counted on behind those of the train set. */
  indexAt(position: number): number {
    const { numFilesTrain, numFilesEval } = this.layout
    if (position >= numFilesTrain + numFilesEval) return position
    const set: DataSetName = position < numFilesTrain ? 'train' : 'valid'
    const first = set === 'train' ? 0 : numFilesTrain
    const p = position - first, numFolders = numSubfoldersOf(this.layout, set)
    if (numFolders === 0) return position
    // The first `larger` subfolders have one file more than the others.
    const each = Math.floor(numFilesOf(this.layout, set) / numFolders), larger = numFilesOf(this.layout, set) % numFolders
    const inLarger = larger * (each + 1)
    const folder = p < inLarger ? Math.floor(p / (each + 1)) : larger + Math.floor((p - inLarger) / each)
    const place = p < inLarger ? p % (each + 1) : (p - inLarger) % each
    return first + place * numFolders + folder
  }

  keyAt(position: number): string {
    const { numFilesTrain, numFilesEval } = this.layout
    const index = this.indexAt(position)
    if (index >= numFilesTrain + numFilesEval) return this.#more[index - numFilesTrain - numFilesEval]!
    return index < numFilesTrain ? fileKey(this.layout, 'train', index) : fileKey(this.layout, 'valid', index - numFilesTrain)
  }

  /** Bytes. */
  sizeOf(index: number): number {
    return 1000 + index % 7 + (this.#changed.has(index) ? 1 : 0)
  }

  etagOf(index: number): string {
    return (index + (this.#changed.has(index) ? 2 ** 40 : 0)).toString(16).padStart(32, 'd41d8cd98f00b204e9800998ecf8427e')
  }

  /** How many keys come before `key`, or with `included` before what follows it. */
  before(key: string, included = false): number {
    let low = 0, high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareKeys(this.keyAt(middle), key)
      if (order < 0 || (included && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}

const pageHead = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>keys</Name>'

function pageText(keys: SyntheticKeys, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '', token = query.get('continuation-token'), after = query.get('start-after')
  const maxKeys = Math.min(1000, Number(query.get('max-keys') ?? 1000))
  const first = Math.max(keys.before(prefix), token === null ? after === null ? 0 : keys.before(after, true) : Number(token))
  const end = prefix === '' ? keys.length : keys.before(`${prefix}\u{10ffff}`)
  const last = Math.max(first, Math.min(end, first + maxKeys))
  const isEncoded = query.get('encoding-type') === 'url'
  let entries = ''
  for (let position = first; position < last; position++) {
    const index = keys.indexAt(position)
    entries += `<Contents><Key>${isEncoded ? encodeKey(keys.keyAt(position)) : keys.keyAt(position)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${keys.etagOf(index)}&quot;</ETag><Size>${keys.sizeOf(index)}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  }
  const next = last < end ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${last}</NextContinuationToken>` : '<IsTruncated>false</IsTruncated>'
  return `${pageHead}<Prefix>${prefix}</Prefix><KeyCount>${last - first}</KeyCount><MaxKeys>${maxKeys}</MaxKeys>${isEncoded ? '<EncodingType>url</EncodingType>' : ''}${next}${entries}</ListBucketResult>`
}

/** Slashes stay, as in what S3 answers. */
function encodeKey(key: string): string {
  return /^[\w./-]*$/.test(key) ? key : encodeURIComponent(key).replaceAll('%2F', '/')
}

function answerOf(keys: SyntheticKeys, head: string): { status: string; headers: string; body: string | Buffer } {
  const [method = '', target = '/'] = head.split(' ', 2)
  const url = new URL(target, 'http://keys')
  const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'))
  if (key === '') return { status: '200 OK', headers: 'content-type: application/xml', body: method === 'HEAD' ? '' : pageText(keys, url.searchParams) }
  const position = keys.before(key)
  if (position === keys.length || keys.keyAt(position) !== key) return { status: '404 Not Found', headers: 'content-type: application/xml', body: method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>' }
  const index = keys.indexAt(position), size = keys.sizeOf(index)
  const etag = `etag: "${keys.etagOf(index)}"`
  if (method === 'HEAD') return { status: '200 OK', headers: `${etag}\r\ncontent-length: ${size}`, body: '' }
  const range = /^range: bytes=(\d+)-(\d+)$/im.exec(head)
  if (!range) return { status: '200 OK', headers: etag, body: Buffer.alloc(size) }
  const begin = Number(range[1]), end = Math.min(size - 1, Number(range[2]))
  return { status: '206 Partial Content', headers: `${etag}\r\ncontent-range: bytes ${begin}-${end}/${size}`, body: Buffer.alloc(end - begin + 1) }
}

export interface KeyServer {
  /** "http://127.0.0.1:PORT". Any bucket, any credentials. */
  readonly endpoint: string
  close(): Promise<void>
}

/** In this process. */
export async function startKeyServer(options: KeyServerOptions): Promise<KeyServer> {
  const keys = new SyntheticKeys(options)
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    let pending = ''
    socket.setNoDelay(true)
    socket.setEncoding('latin1').on('data', (text) => {
      pending += String(text)
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const { status, headers, body } = answerOf(keys, pending.slice(0, end))
        pending = pending.slice(end + 4)
        const length = headers.includes('content-length') ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
        const top = `HTTP/1.1 ${status}\r\n${headers}\r\n${length}\r\n`
        if (typeof body === 'string') socket.write(top + body)
        else socket.write(Buffer.concat([Buffer.from(top), body]))
      }
    }).on('error', () => {}).on('close', () => { sockets.delete(socket) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** In a process of its own, which ends with this one at the latest. */
export async function forkKeyServer(options: KeyServerOptions): Promise<KeyServer> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [endpoint] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error('the key server ended at its start') })]) as [string]
  return {
    endpoint,
    close: async () => {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { endpoint } = await startKeyServer(JSON.parse(process.argv[2] ?? '{}') as KeyServerOptions)
  process.send?.(endpoint)
  process.on('disconnect', () => { process.exit() })
  process.stdout.write(`${new URL(endpoint).port}\n`)
}
