// The index file of a data set: what its listing said, so that a later run need not list.
//
//   head      16 bytes: 89 "DLIOS3" 0a, version (u32, little-endian as all), 0
//   sections  the columns, one after the other
//   contents  JSON: what data set it is, and which section is which
//   tail      16 bytes: length of the contents (u32), CRC-32 of the contents (u32), the first 8 bytes of the head again

import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from '../util/crc.ts'
import { Fault, isFault, throwIfAborted } from '../util/fault.ts'
import { makeFolder } from '../util/make-folder.ts'
import { MiB } from '../util/units.ts'
import type { FileTable } from './file-table.ts'
import { columnsOf, readETags, readSizes, readTexts, type SectionBytes } from './index-columns.ts'
import { parseContents, type IndexContents, type IndexedSetFacts, type IndexIdentity, type Section } from './index-contents.ts'

const magic = Buffer.from('89444c494f53330a', 'hex')
const version = 1
const headSize = 16, tailSize = 16
const maxContents = 16 * MiB

export interface IndexedSet extends Omit<IndexedSetFacts, 'keyPrefix'> {
  readonly table: FileTable
}

export interface DatasetIndex {
  readonly identity: IndexIdentity
  readonly sets: readonly IndexedSet[]
}

/** Writes `index` as a whole or not at all; what was under that name is replaced. `created`: ISO 8601. @throws {Fault} 'usage' when it cannot be written. */
export async function writeIndex(file: string, { identity, sets }: DatasetIndex, { created, signal }: { created: string; signal?: AbortSignal | undefined }): Promise<void> {
  const fresh = `${file}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await makeFolder(path.dirname(file))
    const handle = await open(fresh, 'wx')
    try {
      const head = Buffer.alloc(headSize)
      magic.copy(head)
      head.writeUInt32LE(version, 8)
      await handle.writeFile(head)
      const sections: Section[] = []
      for (const { set, table } of sets) {
        for (const { column, encoding, pieces } of columnsOf(table)) {
          let length = 0, checksum = 0
          for (const piece of pieces) {
            throwIfAborted(signal)
            await handle.writeFile(piece)
            length += piece.length
            checksum = crc32(piece, checksum)
          }
          sections.push({ set, column, encoding, length, crc32: checksum })
        }
      }
      const facts = sets.map(({ table, ...set }): IndexedSetFacts => ({ ...set, keyPrefix: table.keys.parts.prefix }))
      const contents = Buffer.from(JSON.stringify({ created, identity, sets: facts, sections } satisfies IndexContents))
      const tail = Buffer.alloc(tailSize)
      tail.writeUInt32LE(contents.length, 0)
      tail.writeUInt32LE(crc32(contents), 4)
      magic.copy(tail, 8)
      await handle.writeFile(Buffer.concat([contents, tail]))
    } finally {
      await handle.close()
    }
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    if (isFault(error)) throw error
    throw new Fault('usage', `the index ${file} cannot be written: ${(error as Error).message}`, { info: { file }, hint: 'name another file with --index FILE', cause: error })
  }
}

/** The index in `file` opened: its contents are checked, its columns are read when they are asked for. */
export interface OpenIndex {
  readonly contents: IndexContents
  /** @throws {Fault} 'usage' when the columns are damaged. */
  table(facts: IndexedSetFacts): Promise<FileTable>
  close(): Promise<void>
}

/** Undefined when there is no such file. @throws {Fault} 'usage' when it is no index, damaged, or of another version. */
export async function openIndex(file: string): Promise<OpenIndex | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
  try {
    const { contents, offsets } = await readContents(handle, file)
    return { contents, table: (facts) => tableOf({ handle, file, contents, offsets }, facts), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw isFault(error) ? error : unreadable(file, error)
  }
}

async function readContents(handle: FileHandle, file: string): Promise<{ contents: IndexContents; offsets: readonly number[] }> {
  const { size } = await handle.stat()
  if (size < headSize + tailSize) throw await noIndex(handle, file, size)
  const head = await readExactly(handle, 0, Buffer.alloc(headSize))
  if (!head.subarray(0, 8).equals(magic)) throw await noIndex(handle, file, size)
  const found = head.readUInt32LE(8)
  if (found !== version) throw new Fault('usage', `the index ${file} is of version ${found}, and this program knows version ${version}`, { info: { file }, hint: renewal })
  const tail = await readExactly(handle, size - tailSize, Buffer.alloc(tailSize))
  const length = tail.readUInt32LE(0)
  const sectionBytes = size - headSize - tailSize - length
  if (head.readUInt32LE(12) !== 0 || !tail.subarray(8).equals(magic) || sectionBytes < 0 || length > maxContents) throw damaged(file, 'its end is not where it should be')
  const text = await readExactly(handle, headSize + sectionBytes, Buffer.alloc(length))
  if (crc32(text) !== tail.readUInt32LE(4)) throw damaged(file, 'the checksum of its contents does not fit')
  const contents = parseContents(text.toString('utf8'), sectionBytes)
  if (!contents) throw damaged(file, 'its contents contradict themselves')
  let next = headSize
  return { contents, offsets: contents.sections.map(({ length: bytes }) => (next += bytes) - bytes) }
}

interface Opened { readonly handle: FileHandle; readonly file: string; readonly contents: IndexContents; readonly offsets: readonly number[] }

async function tableOf({ handle, file, contents, offsets }: Opened, { set, numFiles, keyPrefix }: IndexedSetFacts): Promise<FileTable> {
  const readColumn = async <T>(column: string, read: (bytes: SectionBytes, section: Section) => Promise<T | undefined>): Promise<T | undefined> => {
    const place = contents.sections.findIndex((section) => section.set === set && section.column === column)
    if (place < 0) return undefined
    const section = contents.sections[place]!
    let checksum = 0
    const result = await read({
      length: section.length,
      read: async (offset, into) => { await readExactly(handle, offsets[place]! + offset, into) },
      check: (bytes) => { checksum = crc32(bytes, checksum) },
    }, section).catch((error: unknown) => { throw isFault(error) ? error : unreadable(file, error) })
    if (result === undefined || checksum !== section.crc32) throw damaged(file, `the checksum of its ${set} ${column}s does not fit`)
    return result
  }
  const keys = await readColumn('key', (bytes) => readTexts(bytes, numFiles, keyPrefix))
  const sizes = await readColumn('size', (bytes, { encoding }) => readSizes(bytes, numFiles, encoding))
  const etags = await readColumn('etag', (bytes, { encoding }) => readETags(bytes, numFiles, encoding))
  return { numFiles, numSamplesPerFile: contents.identity.numSamplesPerFile, keys: keys!, sizes: sizes!, ...(etags ? { etags } : {}) }
}

async function readExactly<T extends Uint8Array>(handle: FileHandle, position: number, into: T): Promise<T> {
  for (let filled = 0; filled < into.length;) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled)
    if (bytesRead === 0) throw new Error('it ends too early')
    filled += bytesRead
  }
  return into
}

const renewal = 'delete it to have it written anew from a listing, or name another file with --index FILE'

async function noIndex(handle: FileHandle, file: string, size: number): Promise<Fault> {
  const begin = await readExactly(handle, 0, Buffer.alloc(Math.min(size, magic.length)))
  if (size > 0 && begin.equals(magic.subarray(0, begin.length))) return damaged(file, `it ends after ${size} bytes`)
  return new Fault('usage', `${file} is not an index of dlio-s3`, { info: { file }, hint: 'name another file with --index FILE: this one is left as it is' })
}

function damaged(file: string, what: string): Fault<'usage'> {
  return new Fault('usage', `the index ${file} is damaged: ${what}`, { info: { file }, hint: renewal })
}

function unreadable(file: string, error: unknown): Fault<'usage'> {
  return new Fault('usage', `the index ${file} cannot be read: ${(error as Error).message}`, { info: { file }, hint: 'name another file with --index FILE', cause: error })
}

