// Groups: names and what they stand for. Few names are messages of the group's header, old files keep a B-tree of them.
// Source: HDF5 File Format Specification, III.A.1 (version 1 B-trees), III.B-D (symbol tables, local heaps), IV.A.2.g (links).

import type { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import { addressAt, cursorAt, messagesAt, Unfamiliar, type Hdf5File, type Message } from './hdf5-file.ts'
import { Missing, type Range } from './hdf5-pages.ts'

export type Link =
  | { readonly kind: 'hard'; readonly address: number }
  | { readonly kind: 'soft'; readonly path: string }
  | { readonly kind: 'external' }

export type Links = Map<string, Link>

const linkInfoType = 0x02
const linkType = 0x06
const symbolTableType = 0x11
const treeSignature = 0x45455254 // TREE
const nodeSignature = 0x444f4e53 // SNOD
const heapSignature = 0x50414548 // HEAP
/** More names than this are for the library to read. */
const maxLinks = 100_000
/** Deeper than any B-tree of so many names. */
const maxLevel = 8

export function isGroup(messages: readonly Message[]): boolean {
  return messages.some(({ type }) => type === linkInfoType || type === symbolTableType || type === linkType)
}

/** The names in a group. @throws {Unfamiliar} where they are in a heap, which is where new files keep more than eight. */
export function linksOf(file: Hdf5File, messages: readonly Message[]): Links {
  const links: Links = new Map()
  for (const { type, isShared, body } of messages) {
    if (isShared && (type === linkType || type === linkInfoType || type === symbolTableType)) throw new Unfamiliar('shared links')
    if (type === linkType) readLink(body, links)
    else if (type === linkInfoType) checkCompact(body)
    else if (type === symbolTableType) {
      const tree = body.u64()
      readTree({ file, links, heap: heapOf(file, body.u64()), seen: new Set() }, tree, maxLevel)
    }
  }
  return links
}

function checkCompact(body: Cursor): void {
  body.skip(1)
  if (body.u8() & 1) body.skip(8)
  if (addressAt(body) !== undefined) throw new Unfamiliar('links in a heap')
}

function readLink(body: Cursor, links: Links): void {
  if (body.u8() !== 1) throw new Unfamiliar('version of a link')
  const flags = body.u8()
  const kind = flags & 8 ? body.u8() : 0
  if (flags & 4) body.skip(8)
  if (flags & 16) body.skip(1)
  const width = flags & 3
  const length = width === 0 ? body.u8() : width === 1 ? body.u16() : width === 2 ? body.u32() : body.u64()
  const name = text(body.take(length))
  if (kind === 0) links.set(name, { kind: 'hard', address: body.u64() })
  else if (kind === 1) links.set(name, { kind: 'soft', path: text(body.take(body.u16())) })
  else links.set(name, { kind: 'external' })
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/** The bytes of a local heap: names, each ended by a zero. */
function heapOf(file: Hdf5File, at: number): Uint8Array {
  const head = cursorAt(file, at, 32)
  head.expect(heapSignature, 'local heap')
  head.skip(4)
  const length = head.u64()
  head.skip(8)
  return cursorAt(file, head.u64(), length).bytes
}

interface Walk {
  readonly file: Hdf5File
  readonly links: Links
  readonly heap: Uint8Array
  /** Nodes that were read: no node is in a tree twice. */
  readonly seen: Set<number>
}

/** Runs all of `steps`, and only then says what is missing: siblings are then fetched together. @throws {Missing} */
export function eachOf<T>(steps: Iterable<T>, run: (step: T) => void): void {
  const missing: Range[] = []
  for (const step of steps) {
    try {
      run(step)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      missing.push(...error.ranges)
    }
  }
  if (missing.length > 0) throw new Missing(missing)
}

export interface TreeNode { readonly level: number; readonly count: number }

/** The head of a version 1 B-tree node. `levels`: how many more there may be. */
export function treeNode(file: Hdf5File, at: number, type: number, levels: number): TreeNode {
  const head = cursorAt(file, at, 24)
  head.expect(treeSignature, 'B-tree node')
  const foundType = head.u8(), level = head.u8(), count = head.u16()
  if (foundType !== type || level > levels) throw damaged(file.key, head.base, `${file.key} has a B-tree node of another kind at ${head.base}`)
  return { level, count }
}

function readTree(walk: Walk, at: number, levels: number): void {
  const { file, seen } = walk
  if (seen.has(at)) throw damaged(file.key, file.base + at, `${file.key} has a B-tree that leads to itself at ${file.base + at}`)
  seen.add(at)
  const { level, count } = treeNode(file, at, 0, levels)
  const entries = cursorAt(file, at, 24 + count * 16 + 8)
  entries.skip(24)
  const children: number[] = []
  for (let index = 0; index < count; index++) {
    entries.skip(8)
    children.push(entries.u64())
  }
  eachOf(children, (child) => {
    if (level > 0) readTree(walk, child, level - 1)
    else readNode(walk, child)
  })
}

/** A symbol table node: 40 bytes a name. */
function readNode({ file, links, heap }: Walk, at: number): void {
  const head = cursorAt(file, at, 8)
  head.expect(nodeSignature, 'symbol table node')
  head.skip(2)
  const count = head.u16()
  const entries = cursorAt(file, at + 8, count * 40)
  if (links.size + count > maxLinks) throw new Unfamiliar('very many names')
  for (let index = 0; index < count; index++) {
    const name = heapText(file, heap, entries.u64())
    const target = addressAt(entries)
    const cacheType = entries.u32()
    entries.skip(4)
    const valueAt = entries.u32()
    entries.skip(12)
    if (cacheType === 2) links.set(name, { kind: 'soft', path: heapText(file, heap, valueAt) })
    else if (target === undefined) throw damaged(file.key, entries.offset, `${file.key} has a name without an object at ${entries.offset}`)
    else links.set(name, { kind: 'hard', address: target })
  }
}

function heapText(file: Hdf5File, heap: Uint8Array, at: number): string {
  const end = at < heap.length ? heap.indexOf(0, at) : -1
  if (end < 0) throw damaged(file.key, 0, `${file.key} has a name outside of its heap`)
  return text(heap.subarray(at, end))
}

/** Objects by their addresses: what a path leads through is parsed once. */
export type Seen = Map<number, { readonly messages: Message[]; links?: Links }>

/** The messages of the object at a path, links followed; undefined when there is none. 'external' when it is in another file. */
export function resolve(file: Hdf5File, path: string, seen: Seen, hops = 40): { address: number; messages: Message[] } | 'external' | undefined {
  const objectAt = (place: number): { messages: Message[]; links?: Links } => {
    const known = seen.get(place) ?? { messages: messagesAt(file, place) }
    seen.set(place, known)
    return known
  }
  let at = file.root
  let object = objectAt(at)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  for (const [index, part] of parts.entries()) {
    if (!isGroup(object.messages)) return undefined
    object.links ??= linksOf(file, object.messages)
    const link = object.links.get(part)
    if (link?.kind === 'external') return 'external'
    if (!link || hops === 0) return undefined
    if (link.kind === 'soft') {
      const before = link.path.startsWith('/') ? [] : parts.slice(0, index)
      return resolve(file, [...before, link.path, ...parts.slice(index + 1)].join('/'), seen, hops - 1)
    }
    at = link.address
    object = objectAt(at)
  }
  return { address: at, messages: object.messages }
}
