// A PNG file's chunks: what the image is, and its compressed rows. Every CRC-32 is checked.
// Source: PNG specification (third edition), 5 and 11.2.

import { damaged } from './format-fault.ts'
import { pngSignature } from './png-write.ts'
import { crc32 } from '../util/crc.ts'

export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly bitDepth: 1 | 2 | 4 | 8 | 16
  readonly isPalette: boolean
  readonly channels: 1 | 2 | 3 | 4
  readonly isInterlaced: boolean
}

/** Channels and allowed bit depths by colour type; 3 is a palette. */
const colourTypes: Readonly<Record<number, readonly [channels: PngHeader['channels'], depths: readonly number[]]>> = {
  0: [1, [1, 2, 4, 8, 16]], 2: [3, [8, 16]], 3: [1, [1, 2, 4, 8]], 4: [2, [8, 16]], 6: [4, [8, 16]],
}

export interface PngImage {
  readonly header: PngHeader
  /** The zlib stream, all IDAT chunks joined. */
  readonly compressed: Uint8Array
  /** Of the first IDAT chunk's data in the file. */
  readonly offset: number
}

/** `bytes` begin with the signature. @throws {Fault} 'format' */
export function readPng(key: string, bytes: Uint8Array): PngImage {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const parts: Uint8Array[] = []
  let header: PngHeader | undefined
  let offset = 0
  for (let at = pngSignature.length; ;) {
    if (at + 12 > view.length) throw damaged(key, at, `${key} ends at ${view.length} without the chunk that ends an image`)
    const length = view.readUInt32BE(at)
    const type = view.toString('latin1', at + 4, at + 8)
    if (length > view.length - at - 12) throw damaged(key, at, `${key} has a chunk of ${length} bytes at ${at}, ${view.length - at - 12} are there`)
    const data = view.subarray(at + 8, at + 8 + length)
    if (crc32(view.subarray(at + 4, at + 8 + length)) !== view.readUInt32BE(at + 8 + length)) throw damaged(key, at, `${key} has a damaged chunk at ${at}: its CRC-32 is not that of its bytes`)
    if (header === undefined) {
      if (type !== 'IHDR') throw damaged(key, at, `${key} begins with another chunk than its header`)
      header = parseHeader(key, data)
    } else if (type === 'IDAT') {
      if (parts.length === 0) offset = at + 8
      parts.push(data)
    } else if (type === 'IEND') {
      break
    }
    at += 12 + length
  }
  return { header, compressed: parts.length === 1 ? parts[0]! : Buffer.concat(parts), offset }
}

function parseHeader(key: string, data: Buffer): PngHeader {
  const fail = (why: string): never => { throw damaged(key, 16, `${key} has an impossible header: ${why}`) }
  if (data.length !== 13) fail(`it is ${data.length} bytes long, not 13`)
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)]
  const [bitDepth, colour, compression, filter, interlace] = data.subarray(8) as unknown as [number, number, number, number, number]
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) fail(`${width} × ${height} pixels`)
  const [channels, depths] = colourTypes[colour] ?? fail(`colour type ${colour}`)
  if (!depths.includes(bitDepth)) fail(`${bitDepth} bits in colour type ${colour}`)
  if (compression !== 0 || filter !== 0 || interlace > 1) fail(`methods ${compression}, ${filter} and ${interlace}`)
  return { width, height, bitDepth: bitDepth as PngHeader['bitDepth'], isPalette: colour === 3, channels, isInterlaced: interlace === 1 }
}
