// A JPEG file's segments, as far as it takes to know its size and that it is whole: no decoder says that data are missing.
// Source: ITU-T T.81, annex B.

import { damaged, unsupported } from './format-fault.ts'

export interface JpegFrame {
  readonly width: number
  readonly height: number
  readonly components: number
}

const [startOfScan, endOfImage] = [0xda, 0xd9]
/** Markers that stand alone: restarts, start and end of image, and TEM. */
const isAlone = (marker: number): boolean => (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01
/** Baseline, extended and progressive, Huffman-coded. */
const frames = new Set([0xc0, 0xc1, 0xc2])
/** Lossless, hierarchical and arithmetic-coded ones. */
const otherFrames = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])

/** `bytes` begin with the start of an image. Bytes behind its end count for nothing. @throws {Fault} 'format' */
export function readJpegFrame(key: string, bytes: Uint8Array): JpegFrame {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let frame: JpegFrame | undefined
  let scans = 0
  for (let at = 2; ;) {
    const marker = nextMarker(view, at)
    if (marker === undefined) throw damaged(key, view.length, `${key} ends at ${view.length} without the marker that ends an image`)
    const type = view[marker]!
    at = marker + 1
    if (type === endOfImage) break
    if (isAlone(type)) continue
    const length = at + 2 <= view.length ? view.readUInt16BE(at) : 0
    if (length < 2 || at + length > view.length) throw damaged(key, at, `${key} ends inside a segment at ${at}`)
    if (otherFrames.has(type)) throw unsupported(key, `${key} is a lossless, hierarchical or arithmetic-coded JPEG, which is not read`)
    if (frames.has(type)) {
      if (frame !== undefined || length < 8) throw damaged(key, at, `${key} has a second or too short frame header at ${at}`)
      frame = { height: view.readUInt16BE(at + 3), width: view.readUInt16BE(at + 5), components: view[at + 7]! }
    }
    if (type === startOfScan) scans++
    at += length
  }
  if (frame === undefined || scans === 0) throw damaged(key, 0, `${key} holds no image: its end comes before any scan`)
  if (frame.width === 0 || frame.height === 0 || frame.components === 0) throw damaged(key, 0, `${key} declares ${frame.width} × ${frame.height} pixels of ${frame.components} components`)
  return frame
}

/** Where the next marker's second byte is: 0xff, and then neither a stuffed zero nor another 0xff. */
function nextMarker(view: Buffer, begin: number): number | undefined {
  for (let at = view.indexOf(0xff, begin); at !== -1 && at + 1 < view.length; at = view.indexOf(0xff, at + 1)) {
    if (view[at + 1] !== 0 && view[at + 1] !== 0xff) return at + 1
  }
  return undefined
}
