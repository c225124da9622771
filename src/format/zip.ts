// ZIP archives: where the members are. Pure: bytes in, offsets out, everything checked against the object's size.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14–16 (end records), 4.5.3 (ZIP64).

import { Cursor } from './cursor.ts'
import { damaged, unsupported } from './format-fault.ts'

/** Offsets in bytes from the object's start, whatever was put before the archive. */
export interface ZipEntry {
  readonly name: string
  readonly nameBytes: Uint8Array
  readonly method: number
  readonly flags: number
  /** CRC-32 of the member's own bytes. */
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  readonly headerOffset: number
  /** Of its entry in the directory. */
  readonly directoryOffset: number
  /** Where the next member or the directory begins: this one ends before. */
  readonly limit: number
}

export interface ZipDirectory {
  readonly offset: number
  readonly length: number
  /** Bytes before the archive: what stated offsets must be moved by. */
  readonly shift: number
}

/** End record, comment, ZIP64 locator and record at their longest. */
export const longestZipEnd: number = 22 + 65_535 + 20 + 56

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 } as const
const localHeaderLength = 30

/**
 * The directory that the end record in `tail` (the object's last bytes, from byte `tailOffset` on) points to.
 * Undefined when the record, or what belongs before it, is not in the tail. `exact`: the record's comment must end the object.
 */
export function findZipDirectory(key: string, tail: Uint8Array, tailOffset: number, exact: boolean): ZipDirectory | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== signatures.end) continue
    if (exact && at + 22 + view.getUint16(at + 20, true) !== tail.length) continue
    if (at < 76 && tailOffset > 0) return undefined
    return directoryAt(key, tail, tailOffset, at)
  }
  return undefined
}

function directoryAt(key: string, tail: Uint8Array, tailOffset: number, at: number): ZipDirectory {
  const end = new Cursor(key, tail, tailOffset, at + 4)
  let [disk, directoryDisk] = [end.u16(), end.u16()]
  end.skip(4)
  let [length, statedOffset] = [end.u32(), end.u32()]
  let directoryEnd = tailOffset + at

  const locator = new Cursor(key, tail, tailOffset, Math.max(0, at - 20))
  if (at >= 20 && locator.u32() === signatures.locator64) {
    const record = new Cursor(key, tail, tailOffset, Math.max(0, at - 76))
    directoryEnd = record.offset
    record.expect(signatures.end64, 'ZIP64 end record')
    record.skip(12)
    ;[disk, directoryDisk] = [record.u32(), record.u32()]
    record.skip(16)
    ;[length, statedOffset] = [record.u64(), record.u64()]
  }
  if (disk !== 0 || directoryDisk !== 0) throw unsupported(key, `${key} is one part of a ZIP archive that was split over several files`)
  const offset = directoryEnd - length
  if (offset < 0 || statedOffset > offset) {
    throw damaged(key, tailOffset + at, `${key} has a damaged ZIP end record at ${tailOffset + at}: a directory of ${length} bytes at ${statedOffset} does not end at ${directoryEnd}`)
  }
  return { offset, length, shift: offset - statedOffset }
}

/** The members that a directory lists, in its order. `bytes` are its `length` bytes. */
export function parseZipDirectory(key: string, bytes: Uint8Array, { offset, shift }: ZipDirectory): ZipEntry[] {
  const cursor = new Cursor(key, bytes, offset)
  const entries: Omit<ZipEntry, 'limit'>[] = []
  while (cursor.remaining > 0) entries.push(centralEntry(cursor, shift))

  // Members may neither reach into the directory nor into each other: crafted ones do, to inflate the same bytes many times.
  const limits = new Map<object, number>()
  let limit = offset
  for (const entry of entries.toSorted((a, b) => b.headerOffset - a.headerOffset)) {
    const end = entry.headerOffset + localHeaderLength + entry.nameBytes.length + entry.compressedSize
    if (end > limit) throw damaged(key, entry.headerOffset, `${key} lists member "${shortName(entry)}" at ${entry.headerOffset} to ${end}, beyond the ${limit} where what follows begins`)
    limits.set(entry, limit)
    limit = entry.headerOffset
  }
  return entries.map((entry) => ({ ...entry, limit: limits.get(entry)! }))
}

function centralEntry(cursor: Cursor, shift: number): Omit<ZipEntry, 'limit'> {
  const begin = cursor.offset
  cursor.expect(signatures.central, 'ZIP directory entry')
  cursor.skip(4)
  const [flags, method] = [cursor.u16(), cursor.u16()]
  cursor.skip(4)
  const crc = cursor.u32()
  let [compressedSize, size] = [cursor.u32(), cursor.u32()]
  const [nameLength, extraLength, commentLength] = [cursor.u16(), cursor.u16(), cursor.u16()]
  cursor.skip(8)
  let headerOffset = cursor.u32()
  const nameBytes = cursor.take(nameLength)
  if (size === 0xffffffff || compressedSize === 0xffffffff || headerOffset === 0xffffffff) {
    // In this order, and only those whose 32 bits are all set.
    const extra = zip64Extra(cursor, extraLength, begin)
    if (size === 0xffffffff) size = extra.u64()
    if (compressedSize === 0xffffffff) compressedSize = extra.u64()
    if (headerOffset === 0xffffffff) headerOffset = extra.u64()
  } else {
    cursor.skip(extraLength)
  }
  cursor.skip(commentLength)
  const name = (flags & 0x800) === 0 ? codePage437(nameBytes) : Buffer.from(nameBytes).toString('utf8')
  return { name, nameBytes, method, flags, crc, compressedSize, size, headerOffset: headerOffset + shift, directoryOffset: begin }
}

function zip64Extra(cursor: Cursor, extraLength: number, entryOffset: number): Cursor {
  const base = cursor.offset
  const extra = new Cursor(cursor.key, cursor.take(extraLength), base)
  while (extra.remaining >= 4) {
    const [id, length] = [extra.u16(), extra.u16()]
    const field = new Cursor(cursor.key, extra.take(length), extra.offset - length)
    if (id === 1) return field
  }
  throw damaged(cursor.key, entryOffset, `${cursor.key} has a ZIP directory entry at ${entryOffset} without the ZIP64 sizes that it needs`)
}

/** Bytes from a member's local header on that surely hold the header and the data. */
export function memberSpan(entry: ZipEntry): number {
  return Math.min(entry.limit - entry.headerOffset, localHeaderLength + entry.nameBytes.length + 65_535 + entry.compressedSize)
}

/**
 * Where the data starts in `span`, the memberSpan bytes of `entry`. Its local header must tell the same as the directory.
 * @throws {Fault} 'format' 'unsupported' for encrypted members and other methods than stored and deflate.
 */
export function memberDataOffset(key: string, span: Uint8Array, entry: ZipEntry): number {
  checkReadable(key, entry)
  const cursor = new Cursor(key, span, entry.headerOffset)
  cursor.expect(signatures.local, 'ZIP member')
  cursor.skip(4)
  const method = cursor.u16()
  cursor.skip(16)
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()]
  const name = cursor.take(nameLength)
  if (method !== entry.method || Buffer.compare(name, entry.nameBytes) !== 0) {
    throw damaged(key, entry.headerOffset, `${key} has another member at ${entry.headerOffset} than "${shortName(entry)}", which its directory lists there`)
  }
  cursor.skip(extraLength)
  const begin = cursor.position
  cursor.skip(entry.compressedSize)
  return begin
}

const methodNames: Readonly<Record<number, string>> = {
  1: 'shrink', 6: 'implode', 9: 'deflate64', 12: 'bzip2', 14: 'lzma', 93: 'zstd', 95: 'xz', 98: 'ppmd', 99: 'AES encryption',
}

function checkReadable(key: string, entry: ZipEntry): void {
  const name = shortName(entry)
  if ((entry.flags & 0x2041) !== 0) throw unsupported(key, `${key} has an encrypted member "${name}"`, 'store it without a password')
  if ((entry.flags & 0x20) !== 0) throw unsupported(key, `${key} has a member "${name}" that is patch data`)
  if (entry.method !== 0 && entry.method !== 8) {
    throw unsupported(key, `${key} has a member "${name}" with compression method ${entry.method} (${methodNames[entry.method] ?? 'unknown'})`, 'np.savez stores, np.savez_compressed deflates: both are read')
  }
  if (entry.method === 0 && entry.size !== entry.compressedSize) {
    throw damaged(key, entry.headerOffset, `${key} has a stored member "${name}" of ${entry.size} bytes in ${entry.compressedSize}`)
  }
}

function shortName(entry: { readonly name: string }): string {
  return entry.name.length > 80 ? `${entry.name.slice(0, 80)}…` : entry.name
}

/** Characters 128 to 255 of the code page that names without the UTF-8 flag are in. */
const upperHalf437 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

function codePage437(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return text.replace(/[\x80-\xff]/g, (char) => upperHalf437[char.charCodeAt(0) - 128]!)
}
