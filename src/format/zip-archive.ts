// A ZIP archive behind a ByteSource: plans the ranges, fetches them, and gives members whose CRC-32 is right.

import { crc32 } from '../util/crc.ts'
import { damaged, unsupported } from './format-fault.ts'
import type { ByteSource } from './format.ts'
import { inflate } from './inflate.ts'
import { KiB, MiB } from '../util/units.ts'
import { findZipDirectory, longestZipEnd, memberDataOffset, memberSpan, parseZipDirectory, type ZipDirectory, type ZipEntry } from './zip.ts'

/** Read first, from the end: holds end record and directory of all archives but huge ones, and small objects whole. */
const tailLength = 64 * KiB
/** A million members. A larger directory is nothing that a data set has. */
const maxDirectoryLength = 64 * MiB

export interface ZipArchive {
  readonly entries: readonly ZipEntry[]
  readMember(entry: ZipEntry): Promise<Member>
}

/** The member's bytes are `bytes` from `begin` on, `length` of them: in place when stored. `offset`: of the first one, or of its stream, in the object. */
export interface Member { readonly bytes: Uint8Array; readonly begin: number; readonly length: number; readonly offset: number }

/** @throws {Fault} 'format' when it is no archive, or its directory contradicts itself. */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const { key, size } = source
  let tail: Tail = await readTail(source, tailLength)
  let directory = findZipDirectory(key, tail.bytes, tail.offset, true)
  if (!directory) {
    if (tail.offset > 0) tail = await readTail(source, longestZipEnd)
    directory = findZipDirectory(key, tail.bytes, tail.offset, true) ?? findZipDirectory(key, tail.bytes, tail.offset, false)
  }
  if (!directory) throw damaged(key, size, `${key} is no ZIP archive: its ${size} bytes do not close with an end record`)

  const fetch = async (offset: number, length: number): Promise<Uint8Array> =>
    offset >= tail.offset ? tail.bytes.subarray(offset - tail.offset, offset - tail.offset + length) : source.read(offset, length)

  const entries = await readDirectory(key, directory, fetch)
  return { entries, readMember: async (entry) => decodeMember(key, entry, await fetch(entry.headerOffset, memberSpan(entry))) }
}

interface Tail { readonly bytes: Uint8Array; readonly offset: number }

async function readTail(source: ByteSource, length: number): Promise<Tail> {
  const offset = Math.max(0, source.size - length)
  return { bytes: await source.read(offset, source.size - offset), offset }
}

async function readDirectory(key: string, directory: ZipDirectory, fetch: (offset: number, length: number) => Promise<Uint8Array>): Promise<ZipEntry[]> {
  if (directory.length > maxDirectoryLength) throw unsupported(key, `${key} has a ZIP directory of ${directory.length} bytes; the limit is ${maxDirectoryLength}`)
  return parseZipDirectory(key, await fetch(directory.offset, directory.length), directory)
}

function decodeMember(key: string, entry: ZipEntry, span: Uint8Array): Member {
  const begin = memberDataOffset(key, span, entry)
  const offset = entry.headerOffset + begin
  const stored = span.subarray(begin, begin + entry.compressedSize)
  const content = entry.method === 0 ? stored : inflate(key, { compressed: stored, offset, size: entry.size })
  const crc = crc32(content)
  if (crc !== entry.crc) {
    throw damaged(key, offset, `${key} has a member "${entry.name.slice(0, 80)}" at ${offset} whose CRC-32 is ${hex(crc)}, not ${hex(entry.crc)}: its bytes changed`)
  }
  return entry.method === 0 ? { bytes: span, begin, length: entry.size, offset } : { bytes: content, begin: 0, length: entry.size, offset }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
