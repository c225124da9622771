// An HDF5 file from its superblock to the messages of its object headers.
// Source: HDF5 File Format Specification, version 3.0, II.A (superblock) and IV.A (object headers).
// What is rare is not parsed here: it is Unfamiliar, and the library reads it.

import { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import { lookup3 } from './hdf5-checksum.ts'
import type { Pages } from './hdf5-pages.ts'

/** Thrown for what only the HDF5 library understands. Never leaves this folder. */
export class Unfamiliar extends Error {}

export interface Hdf5File {
  readonly key: string
  readonly pages: Pages
  /** Of address 0, in the object: behind a user block it is not 0. */
  readonly base: number
  /** Address of the root group's object header. */
  readonly root: number
}

export interface Message {
  readonly type: number
  /** The message is elsewhere: in another header, or in a heap. */
  readonly isShared: boolean
  readonly body: Cursor
}

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')
const headerSignature = 0x5244484f // OHDR
const continuationSignature = 0x4b48434f // OCHK
const continuationType = 0x10
const maxBlocks = 4096
const maxMessages = 200_000

/** The view of `length` bytes at an address. @throws {Fault | Missing} */
export function cursorAt({ key, pages, base }: Omit<Hdf5File, 'root'>, address: number, length: number): Cursor {
  return new Cursor(key, pages.look(base + address, length), base + address)
}

/** The address at the cursor, or undefined where it says that there is none. */
export function addressAt(cursor: Cursor): number | undefined {
  const { position } = cursor
  const { bytes } = cursor
  let isUndefined = position + 8 <= bytes.length
  for (let i = 0; isUndefined && i < 8; i++) isUndefined = bytes[position + i] === 0xff
  if (!isUndefined) return cursor.u64()
  cursor.skip(8)
  return undefined
}

/** Whether the last four bytes of the cursor's are the checksum of those before. */
export function verify({ key, bytes, base }: Cursor, what: string): void {
  const end = bytes.length - 4
  const stored = end < 0 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true)
  if (end < 0 || lookup3(bytes.subarray(0, end)) !== stored) throw damaged(key, base, `${key} has a wrong checksum over the ${what} at ${base}`)
}

export function openFile(pages: Pages): Hdf5File {
  const { key, size } = pages
  for (let begin = 0; begin + signature.length + 8 <= size; begin = begin === 0 ? 512 : begin * 2) {
    if (signature.equals(pages.look(begin, signature.length))) return superblock(pages, begin)
  }
  throw damaged(key, 0, `${key} has no HDF5 signature: it is no HDF5 file`)
}

function superblock(pages: Pages, begin: number): Hdf5File {
  const { key, size } = pages
  const at = (length: number): Cursor => new Cursor(key, pages.look(begin, Math.min(length, size - begin)), begin, signature.length)
  const version = at(9).u8()
  if (version > 3) throw new Unfamiliar(`superblock ${version}`)
  const cursor = at(version < 2 ? (version === 0 ? 96 : 100) : 48)
  if (version >= 2) verify(cursor, 'superblock')
  cursor.skip(1)
  if (version < 2) cursor.skip(4)
  if (cursor.u8() !== 8 || cursor.u8() !== 8) throw new Unfamiliar('sizes of offsets')
  cursor.skip(version === 0 ? 9 : version === 1 ? 13 : 1)
  const base = cursor.u64()
  const extra = addressAt(cursor)
  const end = cursor.u64()
  if (end > size) throw damaged(key, begin, `${key} is truncated: it has ${size} bytes of ${end}`)
  if (base !== begin) throw new Unfamiliar('base address')
  if (version >= 2) return { key, pages, base, root: cursor.u64() }
  // `extra` is the free space information; a driver block behind it says that the file has several parts.
  if (extra !== undefined || addressAt(cursor) !== undefined) throw new Unfamiliar('driver information')
  cursor.skip(8)
  return { key, pages, base, root: cursor.u64() }
}

/** All messages of the object header at an address. */
export function messagesAt(file: Hdf5File, headerAddress: number): Message[] {
  const start = cursorAt(file, headerAddress, 6)
  const isNew = new DataView(start.bytes.buffer, start.bytes.byteOffset, 4).getUint32(0, true) === headerSignature
  if (!isNew && start.bytes[0] !== 1) throw damaged(file.key, start.base, `${file.key} has no object header at ${start.base}`)
  const messages: Message[] = []
  const blocks: Cursor[] = []
  const flags = isNew ? start.bytes[5]! : 0
  blocks.push(isNew ? newHeader(file, headerAddress, flags) : oldHeader(file, headerAddress))
  for (let index = 0; index < blocks.length; index++) {
    if (index >= maxBlocks || messages.length > maxMessages) throw damaged(file.key, start.base, `${file.key} has an endless object header at ${start.base}`)
    const begin = messages.length
    readBlock(blocks[index]!, isNew ? flags : undefined, messages)
    for (const { type, body } of messages.slice(begin)) if (type === continuationType) blocks.push(continuation(file, body, isNew))
  }
  return messages
}

/** The messages of a version 1 header: they follow 16 bytes. */
function oldHeader(file: Hdf5File, headerAddress: number): Cursor {
  const head = cursorAt(file, headerAddress, 16)
  head.skip(8)
  return cursorAt(file, headerAddress + 16, head.u32())
}

function newHeader(file: Hdf5File, headerAddress: number, flags: number): Cursor {
  const prefix = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const width = 1 << (flags & 3)
  const head = cursorAt(file, headerAddress, prefix + width)
  if (head.bytes[4] !== 2) throw new Unfamiliar(`object header ${head.bytes[4]}`)
  head.skip(prefix)
  const length = width === 1 ? head.u8() : width === 2 ? head.u16() : width === 4 ? head.u32() : head.u64()
  const whole = cursorAt(file, headerAddress, prefix + width + length + 4)
  verify(whole, 'object header')
  return new Cursor(file.key, whole.bytes.subarray(0, -4), whole.base, prefix + width)
}

function continuation(file: Hdf5File, body: Cursor, isNew: boolean): Cursor {
  const at = body.u64()
  const block = cursorAt(file, at, body.u64())
  if (!isNew) return block
  block.expect(continuationSignature, 'continuation of an object header')
  verify(block, 'object header')
  return new Cursor(file.key, block.bytes.subarray(0, -4), block.base, 4)
}

/** `flags`: of a version 2 header; undefined for version 1. */
function readBlock(block: Cursor, flags: number | undefined, into: Message[]): void {
  const headLength = flags === undefined ? 8 : flags & 4 ? 6 : 4
  while (block.remaining >= headLength) {
    const type = flags === undefined ? block.u16() : block.u8()
    const length = block.u16()
    const isShared = (block.u8() & 2) !== 0
    block.skip(flags === undefined ? 3 : headLength - 4)
    const offset = block.offset
    into.push({ type, isShared, body: new Cursor(block.key, block.take(length), offset) })
  }
}
