// Sends a response as a server that fails: slowly, in part, or not at all.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { KiB } from '../util/units.ts'

export interface Delivery {
  /** Bytes of the body that are sent. Absent: all. */
  readonly bodyBytes?: number
  /** Not even the head is sent. */
  readonly isMute?: boolean
  /** What becomes of the connection after that. Absent: it goes on. A stall lasts until the client leaves. */
  readonly end?: 'close' | 'reset' | 'stall'
  readonly bytesPerSecond?: number
}

export interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly pieces: readonly Uint8Array[] | AsyncIterable<Uint8Array>
}

const pieceBytes = 16 * KiB

/** Resolves when nothing more is to be sent. */
export async function deliver(out: ServerResponse, { status, headers, pieces }: Outgoing, delivery: Delivery): Promise<void> {
  const { bodyBytes = Infinity, isMute = false, end } = delivery
  if (!isMute) {
    out.writeHead(status, headers)
    out.flushHeaders()
  }
  let left = isMute ? 0 : bodyBytes
  // An iterable must be iterated, if only to be left at once.
  for await (const piece of pieces) {
    if (left <= 0 || out.destroyed) break
    const sent = piece.subarray(0, left)
    left -= sent.length
    await trickle(out, sent, delivery.bytesPerSecond)
  }
  if (end === undefined) { out.end(); return }
  // The response has no socket yet while the one before it is being finished.
  const { socket } = out.req
  if (socket.destroyed) return
  await flushed(out, socket)
  if (end === 'close') socket.end()
  // What TLS goes over cannot be reset from here: it ends without a word of TLS, which is as good.
  else if (end === 'reset' && 'encrypted' in socket) socket.destroy()
  else if (end === 'reset') socket.resetAndDestroy()
  // A client that gives up closes the connection.
  else if (!socket.destroyed) await once(socket, 'close')
}

async function trickle(out: ServerResponse, bytes: Uint8Array, bytesPerSecond: number | undefined): Promise<void> {
  if (bytesPerSecond === undefined) { out.write(bytes); return }
  const step = Math.min(pieceBytes, Math.max(1, Math.floor(bytesPerSecond / 20)))
  for (let at = 0; at < bytes.length && !out.destroyed; at += step) {
    const piece = bytes.subarray(at, at + step)
    out.write(piece)
    await pause(1000 * piece.length / bytesPerSecond)
  }
}

/** Resolves when what was written is with the kernel, or never will be. */
async function flushed(out: ServerResponse, socket: Socket): Promise<void> {
  while (out.writableLength + socket.writableLength > 0 && !socket.destroyed) await pause(1)
}
