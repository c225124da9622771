// ZIP structures as Python's zipfile writes them for numpy.savez: ZIP64 sizes in every local header, no dates. Pure.
// Source: PKWARE APPNOTE 6.3.10, 4.3; CPython Lib/zipfile, ZipInfo.FileHeader and ZipFile._write_end_record.

export interface WrittenMember {
  /** ASCII. */
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
}

/** From here on Python writes sizes and offsets in 64 bits, although 32 would do twice as far. */
const zip64Limit = 2 ** 31 - 1
const version = 45
/** 1980-01-01, which is the day 0 of ZIP. */
const date = 0x21
/** Unix, -rw-------. */
const externalAttributes = 0x01800000

/** Where its CRC-32 stands in a local header and in an entry of the directory. */
export const crcOffset: { readonly local: number; readonly central: number } = { local: 14, central: 16 }

/** Bytes of a member's local header. */
export function localHeaderLength(name: string): number {
  return 30 + name.length + 20
}

export function localHeader({ name, method, crc, size, compressedSize }: WrittenMember): Uint8Array {
  const out = new Writer(localHeaderLength(name))
  out.u32(0x04034b50).u16(version).u16(0).u16(method).u16(0).u16(date).u32(crc).u32(0xffffffff).u32(0xffffffff)
  out.u16(name.length).u16(20).text(name)
  out.u16(1).u16(16).u64(size).u64(compressedSize)
  return out.bytes
}

/** Central directory and end records of members that lie one after the other from the object's start on. */
export function zipDirectory(members: readonly WrittenMember[]): Uint8Array {
  const parts: Uint8Array[] = []
  let offset = 0
  for (const member of members) {
    parts.push(centralEntry(member, offset))
    offset += localHeaderLength(member.name) + member.compressedSize
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (offset > zip64Limit) {
    const end64 = new Writer(56 + 20)
    end64.u32(0x06064b50).u64(44).u16(version).u16(version).u32(0).u32(0).u64(members.length).u64(members.length).u64(length).u64(offset)
    end64.u32(0x07064b50).u32(0).u64(offset + length).u32(1)
    parts.push(end64.bytes)
  }
  const end = new Writer(22)
  end.u32(0x06054b50).u16(0).u16(0).u16(members.length).u16(members.length).u32(length).u32(Math.min(offset, 0xffffffff)).u16(0)
  parts.push(end.bytes)
  return Buffer.concat(parts)
}

function centralEntry({ name, method, crc, size, compressedSize }: WrittenMember, offset: number): Uint8Array {
  const wideSizes = size > zip64Limit || compressedSize > zip64Limit
  const wideOffset = offset > zip64Limit
  const wide = [...(wideSizes ? [size, compressedSize] : []), ...(wideOffset ? [offset] : [])]
  const extraLength = wide.length === 0 ? 0 : 4 + 8 * wide.length
  const out = new Writer(46 + name.length + extraLength)
  out.u32(0x02014b50).u16(0x0300 | version).u16(version).u16(0).u16(method).u16(0).u16(date).u32(crc)
  out.u32(wideSizes ? 0xffffffff : compressedSize).u32(wideSizes ? 0xffffffff : size)
  out.u16(name.length).u16(extraLength).u16(0).u16(0).u16(0).u32(externalAttributes)
  out.u32(wideOffset ? 0xffffffff : offset).text(name)
  if (wide.length > 0) out.u16(1).u16(8 * wide.length)
  for (const value of wide) out.u64(value)
  return out.bytes
}

class Writer {
  readonly bytes: Buffer
  #position = 0

  constructor(length: number) { this.bytes = Buffer.alloc(length) }

  u16(value: number): this { this.#position = this.bytes.writeUInt16LE(value, this.#position); return this }

  u32(value: number): this { this.#position = this.bytes.writeUInt32LE(value, this.#position); return this }

  u64(value: number): this { return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32)) }

  text(value: string): this { this.#position += this.bytes.write(value, this.#position, 'latin1'); return this }
}
