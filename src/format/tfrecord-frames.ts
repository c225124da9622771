// TFRecord's frames: length u64, its masked CRC-32C, payload, the payload's masked CRC-32C; one after the other, nothing else. Pure.
// Source: TensorFlow, tensorflow/core/lib/io/record_writer.h and core/lib/hash/crc32c.h.

import { crc32cByTables } from '../util/crc-tables.ts'
import { crc32c } from '../util/crc.ts'
import { damaged } from './format-fault.ts'

/** Bytes before the payload, and of the whole frame without it. */
export const frameHeadLength = 12
export const frameOverhead = 16

/** What is stored in place of a CRC, so that a CRC over data with CRCs in them stays of use. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** The twelve bytes before a payload of `length` bytes. */
export function writeFrameHead(into: Uint8Array, length: number): void {
  const view = viewOf(into)
  view.setUint32(0, length % 2 ** 32, true)
  view.setUint32(4, Math.floor(length / 2 ** 32), true)
  // Eight bytes by tables: a call of the native function costs ten times as much.
  view.setUint32(8, masked(crc32cByTables(into.subarray(0, 8))), true)
}

/** Bytes of the payload that follows the frame head at `at` of `bytes`; undefined when its CRC says that there is none. */
export function payloadLength(bytes: Uint8Array, at: number): number | undefined {
  const view = viewOf(bytes)
  if (view.getUint32(at + 8, true) !== masked(crc32cByTables(bytes.subarray(at, at + 8)))) return undefined
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
}

/** Where the next frame begins, checked: the frame whose head is at `at` of `bytes` begins at `offset` of `size` bytes. */
export function nextFrame(key: string, head: { readonly bytes: Uint8Array; readonly at: number }, { offset, size }: { readonly offset: number; readonly size: number }): number {
  const length = payloadLength(head.bytes, head.at)
  if (length === undefined) throw damaged(key, offset, `${key} has no TFRecord at ${offset}: the length there does not have the CRC-32C that follows it`)
  const end = offset + frameOverhead + length
  if (end > size) throw damaged(key, offset, `${key} ends inside the record at ${offset}: it has ${length} bytes, ${Math.max(0, size - offset - frameOverhead)} are there`)
  return end
}

/** @throws {Fault} 'format' unless a frame's head fits between `offset` and `size`. */
export function checkHeadFits(key: string, offset: number, size: number): void {
  if (offset + frameHeadLength > size) throw damaged(key, offset, `${key} ends inside the head of the record at ${offset}: ${size - offset} bytes are there`)
}

/** Where the frames of a whole object begin, found by hopping from length to length, and where the last ends. Shape [n + 1]. */
export function frameOffsets(key: string, bytes: Uint8Array): Float64Array {
  const offsets = [0]
  for (let offset = 0; offset < bytes.length;) {
    checkHeadFits(key, offset, bytes.length)
    offset = nextFrame(key, { bytes, at: offset }, { offset, size: bytes.length })
    offsets.push(offset)
  }
  return Float64Array.from(offsets)
}

/** The payload of a whole frame: a view. `offset`: of the frame in its object. Both CRCs are checked. */
export function framePayload(key: string, frame: Uint8Array, offset: number): Uint8Array {
  const length = payloadLength(frame, 0)
  if (length !== frame.length - frameOverhead) {
    throw damaged(key, offset, `${key} has no record of ${frame.length - frameOverhead} bytes at ${offset}: ${length === undefined ? 'the length there does not have the CRC-32C that follows it' : `its length there is ${length}`}`)
  }
  const payload = frame.subarray(frameHeadLength, frameHeadLength + length)
  const crc = masked(crc32c(payload))
  const stated = viewOf(frame).getUint32(frameHeadLength + length, true)
  if (crc !== stated) throw damaged(key, offset, `${key} has a record at ${offset} whose masked CRC-32C is ${hex(crc)}, not ${hex(stated)}: its bytes changed`)
  return payload
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
