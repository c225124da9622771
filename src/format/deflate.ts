// Raw deflate of a stream of pieces, without blocking the thread.

import zlib from 'node:zlib'

/**
 * The deflated form of `pieces` in pieces of its own. A piece of the input is used up before the next is asked for.
 * `level`: 0 to 9.
 */
export async function* deflatePieces(pieces: Iterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const stream = zlib.createDeflateRaw({ level })
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
