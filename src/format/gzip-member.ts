// Gzip files of one member, which says how long it becomes: inflated at once into so much memory. Source: RFC 1952.

import { crc32 } from '../util/crc.ts'
import { isWorth, maxBelieved } from './inflate.ts'
import { inflated } from './inflater.ts'

const flag = { extra: 4, name: 8, comment: 16 } as const
/** Not used, or a checksum of the head, which hardly a file has. */
const unfamiliar = 0xe2
const headLength = 10, tailLength = 8

/** Where the deflate stream begins, or undefined. */
function streamBegin(bytes: Uint8Array): number | undefined {
  const [a, b, method, flags = 0] = bytes
  if (a !== 0x1f || b !== 0x8b || method !== 8 || (flags & unfamiliar) !== 0) return undefined
  let at = headLength
  if (flags & flag.extra) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  for (const text of [flag.name, flag.comment]) {
    if ((flags & text) === 0) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return undefined
    at = end + 1
  }
  return at + tailLength <= bytes.length ? at : undefined
}

/** What the file becomes, its checksum verified; undefined where it is not one sound member, or where zlib is no slower. */
export function inflatedMember(bytes: Uint8Array): Uint8Array | undefined {
  const begin = streamBegin(bytes)
  if (begin === undefined) return undefined
  const end = bytes.length - tailLength
  const tail = new DataView(bytes.buffer, bytes.byteOffset + end, tailLength)
  const size = tail.getUint32(4, true)
  if (size > maxBelieved || !isWorth({ compressed: bytes, size, begin })) return undefined
  const into = new Uint8Array(size)
  return inflated(bytes, into, begin) === end && crc32(into) === tail.getUint32(0, true) ? into : undefined
}
