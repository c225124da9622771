// Deflate of a stream of pieces, without blocking the thread.

import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

type Wrapper = 'raw' | 'zlib' | 'gzip'
const streams: Readonly<Record<Wrapper, (options: zlib.ZlibOptions) => Transform>> = { raw: zlib.createDeflateRaw, zlib: zlib.createDeflate, gzip: zlib.createGzip }

/**
 * The deflated form of `pieces` in pieces of its own, in the wrapper that ZIP (raw), PNG (zlib) or gzip has. A piece of the
 * input is used up before the next is asked for. `level`: 0 to 9.
 */
export async function* deflatePieces(pieces: Iterable<Uint8Array>, level: number, wrapper: Wrapper = 'raw'): AsyncGenerator<Uint8Array> {
  const stream = streams[wrapper]({ level })
  const done: Uint8Array[] = []
  // Flowing, so that a write never waits for a reader: what comes of one piece is bounded by the piece.
  stream.on('data', (piece: Uint8Array) => { done.push(piece) })
  stream.on('error', () => { /* the write or the end that failed rejects with it */ })
  try {
    for (const piece of pieces) {
      await new Promise<void>((resolve, reject) => {
        stream.write(piece, (error) => { if (error) reject(error); else resolve() })
      })
      yield* done.splice(0)
    }
    await new Promise<void>((resolve, reject) => {
      stream.once('end', resolve).once('error', reject).end()
    })
    yield* done
  } finally {
    stream.destroy()
  }
}
