// What zlib alone makes of the chunks of gzipped HDF5 files: the bound of any reader of them.

import zlib from 'node:zlib'
import { bytesSource } from '../../src/format/bytes-source.ts'
import { Pages } from '../../src/format/hdf5-pages.ts'
import { parsedTree } from '../../src/format/hdf5-tree.ts'
import { openStore } from '../../src/storage/index.ts'
import { ratesOf, type Sample } from './case.ts'
import type { Served } from './served.ts'

/** As many files as a data set of large samples has read ahead: what is inflated is not in the cache. */
const numFiles = 8

/** The stored chunks of the first files below `prefix`. @throws {Error} when there are none. */
export async function storedChunks({ spec }: Served, prefix: string): Promise<Uint8Array[]> {
  const store = await openStore(spec)
  try {
    const chunks: Uint8Array[] = []
    for await (const page of store.list(`${prefix}/`)) {
      for (const { key, size } of page.slice(0, numFiles)) {
        const bytes = new Uint8Array(size)
        await store.read(key, { offset: 0, length: size }, bytes, {})
        chunks.push(...chunksOf(key, bytes))
      }
      break
    }
    if (chunks.length === 0) throw new Error(`no chunks below ${prefix}`)
    return chunks
  } finally {
    await store.close()
  }
}

function chunksOf(key: string, bytes: Uint8Array): Uint8Array[] {
  const pages = new Pages(bytesSource(key, bytes))
  pages.add(0, bytes)
  const storage = parsedTree(pages).find('/records_0')?.storage
  if (storage?.kind !== 'chunked' || !storage.sizes) throw new Error(`${key} has no filtered chunks`)
  const { offsets, sizes } = storage
  return [...offsets].map((offset, chunk) => bytes.subarray(offset, offset + sizes[chunk]!))
}

/** Stored bytes that are inflated, as `run` counts fetched ones. */
export function inflateChunks(chunks: readonly Uint8Array[], seconds: number): Sample {
  const started = performance.now(), cpu = process.cpuUsage()
  let requests = 0, bytes = 0
  for (; performance.now() - started < 1000 * seconds; requests++) {
    const chunk = chunks[requests % chunks.length]!
    zlib.inflateSync(chunk)
    bytes += chunk.length
  }
  const { user, system } = process.cpuUsage(cpu)
  return ratesOf({ requests, bytes, wallSeconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 })
}
