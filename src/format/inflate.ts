// Deflate streams, inflated once into at most the declared size: by our own program where it is faster and the stream is sound, else
// by zlib, which also says what is wrong (docs/decisions/0010).

import zlib from 'node:zlib'

import { damaged, refused, unsupported } from './format-fault.ts'
import { inflateMachine } from './inflate-machine.ts'
import { inflated, inflatedZlib } from './inflater.ts'
import type { Fault } from '../util/fault.ts'
import { KiB, MiB } from '../util/units.ts'

/** 258 bytes from 2 bits: no deflate stream gives more. */
const maxRatio = 1032
/** Beyond this many bytes a stream must not expand more than 100-fold: numbers of a data set do not, attacks do. */
const bombLength = 256 * MiB
const bombRatio = 100
/** The largest buffer of Node 20. */
const maxLength = 2 ** 32 - 1
/** A stated size is believed for at most this much memory before bytes have come out. */
export const maxBelieved: number = 32 * MiB

/** What becomes less, or expands more, is about as fast by zlib, or faster. Bytes, and a ratio. */
const worthLength = 4 * KiB
const worthRatio = 8

/** Whether our own program is faster: for literals, and not for bytes that are stored or repeat themselves. `begin`: of its first block. */
export function isWorth({ compressed, size, begin }: { readonly compressed: Uint8Array; readonly size: number; readonly begin: number }): boolean {
  const isStored = ((compressed[begin] ?? 0) & 6) === 0
  return size >= worthLength && size <= worthRatio * compressed.length && !isStored
}

/** A deflate stream as an archive describes it. */
export interface Deflated {
  readonly compressed: Uint8Array
  /** Of the stream's first byte in the object. */
  readonly offset: number
  /** Declared size of the result, in bytes. */
  readonly size: number
  /** zlib: two bytes in front, and a checksum behind that is verified. Absent: neither. */
  readonly wrapper?: 'zlib'
}

/** Throws where the declared size cannot be, or must not be. */
function checkSize(key: string, { compressed, offset, size }: Omit<Deflated, 'wrapper'>): void {
  if (size > maxRatio * compressed.length) throw broken(key, offset, `${compressed.length} bytes cannot become ${size}`)
  if (size > bombLength && size > bombRatio * compressed.length) {
    throw refused(key, `${key} wants ${compressed.length} bytes inflated to ${size}, which looks like a decompression bomb`)
  }
  if (size > maxLength) throw unsupported(key, `${key} has a compressed member of ${size} bytes; the limit is ${maxLength}`)
}

function broken(key: string, offset: number, why: string, cause?: unknown): Fault<'format'> {
  return damaged(key, offset, `${key} has a damaged deflate stream at ${offset}: ${why}`, cause)
}

/**
 * The bytes of a deflate stream, in memory of their own.
 * @throws {Fault} 'format' when the stream is damaged, is not `size` bytes long, or looks like a decompression bomb.
 */
export function inflate(key: string, deflated: Deflated): Uint8Array {
  const { compressed, offset, size, wrapper } = deflated
  checkSize(key, deflated)
  if (size <= maxBelieved && isWorth({ compressed, size, begin: wrapper ? 2 : 0 })) {
    const into = new Uint8Array(size)
    if ((wrapper ? inflatedZlib(compressed, into) : inflated(compressed, into)) !== undefined) return into
  }
  let bytes: Uint8Array
  try {
    // One byte more than the result: zlib then ends in the first chunk, and nothing is joined or copied.
    const chunkSize = Math.max(64, Math.min(size + 1, maxBelieved))
    bytes = (wrapper ? zlib.inflateSync : zlib.inflateRawSync)(compressed, { chunkSize, maxOutputLength: Math.max(1, size) })
  } catch (error) {
    throw broken(key, offset, error instanceof Error ? error.message : String(error), error)
  }
  if (bytes.length === size) return bytes
  throw broken(key, offset, `it gives ${bytes.length} bytes, ${size} were declared`)
}

/**
 * Fills `into` with the bytes of a stream in zlib's wrapper, which must be as many. `offset`: of the stream in the object.
 * @throws {Fault} 'format' as inflate does; `into` then has anything in it.
 */
export function inflateInto(key: string, { compressed, offset }: Pick<Deflated, 'compressed' | 'offset'>, into: Uint8Array): void {
  if (isWorth({ compressed, size: into.length, begin: 2 }) && inflatedZlib(compressed, into) !== undefined) return
  const machine = inflateMachine()
  if (!machine || into.length === 0) {
    into.set(inflate(key, { compressed, offset, size: into.length, wrapper: 'zlib' }))
    return
  }
  checkSize(key, { compressed, offset, size: into.length })
  const why = machine(compressed, into)
  if (why !== undefined) throw broken(key, offset, why)
}
