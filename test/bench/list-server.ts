// ListObjectsV2 over what the caller says is there, and nothing else of S3: nginx serves objects and cannot list them.
// It runs in the harness, which idles while a client is measured.

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface ListedObject {
  readonly key: string
  readonly size: number
  readonly etag: string
}

export interface ListServer {
  readonly endpoint: string
  /** Replaces what is there. Keys of ASCII letters, digits and "-_./". */
  show(objects: readonly ListedObject[]): void
  close(): Promise<void>
}

const pageSize = 1000

export async function startListServer(bucket: string): Promise<ListServer> {
  let objects: readonly ListedObject[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://server')
    const body = page(objects, bucket, searchParams)
    response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(next) { objects = next.toSorted((a, b) => (a.key < b.key ? -1 : 1)) },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The first place whose key is not before `key`, or not before what follows it. */
function lowerBound(objects: readonly ListedObject[], key: string, after: boolean): number {
  let begin = 0, end = objects.length
  while (begin < end) {
    const middle = (begin + end) >> 1
    if (objects[middle]!.key < key || (after && objects[middle]!.key === key)) begin = middle + 1
    else end = middle
  }
  return begin
}

function page(objects: readonly ListedObject[], bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const most = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize))
  const begin = Math.max(lowerBound(objects, prefix, false), after === '' ? 0 : lowerBound(objects, after, true))
  let end = begin
  while (end < objects.length && end - begin < most && objects[end]!.key.startsWith(prefix)) end++
  const isTruncated = end > begin && end < objects.length && objects[end]!.key.startsWith(prefix)
  const entries = objects.slice(begin, end).map(({ key, size, etag }) => `<Contents><Key>${key}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${prefix}</Prefix><MaxKeys>${most}</MaxKeys><KeyCount>${end - begin}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? `<NextContinuationToken>${objects[end - 1]!.key}</NextContinuationToken>` : ''}${entries.join('')}</ListBucketResult>`
}
