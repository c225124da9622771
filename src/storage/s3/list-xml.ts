// A page of ListObjectsV2. Scanned once from front to back, not parsed into a tree: listings of millions of keys are made of these.

import { Buffer, isAscii } from 'node:buffer'
import type { ObjectMeta } from '../store.ts'
import { decodeListed } from './uri.ts'
import { hasRoot, textOf, unescapeXml } from './xml.ts'

export interface ListPage {
  readonly objects: readonly ObjectMeta[]
  /** All of the page's keys are ASCII. */
  readonly isAscii: boolean
  /** Where the next page begins. Absent on the last. */
  readonly next?: string
}

const opening = '<Contents>', closing = '</Contents>'

/** Undefined when `body` is not such a page, or says that there is more but not where. */
export function parseListPage(body: Uint8Array): ListPage | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  // One character a byte: offsets in the text are offsets in the bytes.
  const text = bytes.toString('latin1')
  if (!hasRoot(text, 'ListBucketResult')) return undefined
  const firstEntry = text.indexOf(opening)
  const lastEntry = text.lastIndexOf(closing)
  // Some stores' tokens are keys, so they hold any character.
  const frame = Buffer.from(firstEntry < 0 ? text : text.slice(0, firstEntry) + text.slice(lastEntry), 'latin1').toString('utf8')
  if (!frame.includes('</ListBucketResult>')) return undefined
  const isPlain = isAscii(bytes)
  const page: Page = { bytes, text, encoding: isPlain ? 'latin1' : 'utf8', isEncoded: textOf(frame, 'EncodingType') === 'url' }

  const objects: ObjectMeta[] = []
  // What is escaped may be any character.
  const facts = { objects, isAscii: isPlain && !text.includes('%') && !text.includes('&#') }
  const entry = new Entry()
  for (let begin = firstEntry; begin >= 0;) {
    const end = entry.scan(text, begin + opening.length)
    const object = end < 0 ? undefined : entry.object(page)
    if (!object) return undefined
    objects.push(object)
    begin = text.startsWith(opening, end) ? end : text.indexOf(opening, end)
  }
  if (textOf(frame, 'IsTruncated') !== 'true') return facts
  const next = textOf(frame, 'NextContinuationToken')
  return next === undefined || next === '' ? undefined : { ...facts, next }
}

interface Page {
  readonly bytes: Buffer
  readonly text: string
  /** How texts are read. Latin-1 takes three quarters of the time, and ASCII is the same in both. */
  readonly encoding: 'latin1' | 'utf8'
  /** Whether keys are encoded as in a URL. */
  readonly isEncoded: boolean
}

const zero = 0x30, slash = 0x2f, lessThan = 0x3c, greaterThan = 0x3e, upperE = 0x45, upperK = 0x4b, upperS = 0x53

/** Where the fields of one `Contents` element begin and end in the page; −1 for those that it has not. One for all elements: nothing is allocated. */
class Entry {
  #key = -1
  #keyEnd = -1
  #size = -1
  #sizeEnd = -1
  #etag = -1
  #etagEnd = -1

  /** Reads the element whose content begins at `from`. Where what follows it begins, or −1 when it does not end. */
  scan(text: string, from: number): number {
    this.#key = this.#size = this.#etag = -1
    for (let at = from; ;) {
      if (text.charCodeAt(at) !== lessThan) at = text.indexOf('<', at)
      if (at < 0) return -1
      const letter = text.charCodeAt(at + 1)
      if (letter === slash) return text.startsWith(closing, at) ? at + closing.length : -1
      const begin = text.indexOf('>', at) + 1
      const end = begin === 0 ? -1 : text.indexOf('<', begin)
      if (end < 0) return -1
      if (letter === upperK && text.startsWith('<Key>', at)) { this.#key = begin; this.#keyEnd = end }
      else if (letter === upperS && text.startsWith('<Size>', at)) { this.#size = begin; this.#sizeEnd = end }
      else if (letter === upperE && text.startsWith('<ETag>', at)) { this.#etag = begin; this.#etagEnd = end }
      at = endOf(text, { at, begin, end })
      if (at < 0) return -1
    }
  }

  /** Undefined without a key, with one that is wrongly encoded, or with a size that is none. */
  object(page: Page): ObjectMeta | undefined {
    const { text, isEncoded } = page
    const size = this.#size < 0 ? -1 : sizeOf(text, this.#size, this.#sizeEnd)
    if (this.#key < 0 || size < 0) return undefined
    const plain = unescapeXml(ownText(page, this.#key, this.#keyEnd))
    const key = isEncoded ? decodeListed(plain) : plain
    if (key === undefined) return undefined
    return this.#etag < 0 ? { key, size } : { key, size, etag: etagOf(page, this.#etag, this.#etagEnd) }
  }
}

/** Where the element ends that begins at `at`, whose content begins at `begin` and whose first tag within is at `end`. −1 when it does not end. */
function endOf(text: string, { at, begin, end }: { at: number; begin: number; end: number }): number {
  if (text.charCodeAt(begin - 2) === slash) return begin
  // The content is text alone, as nearly always: its closing tag is as long as the opening one and a slash.
  const length = begin - at
  if (text.charCodeAt(end + 1) === slash && text.charCodeAt(end + length) === greaterThan) return end + length + 1
  const name = text.slice(at + 1, begin - 1).split(/\s/, 1)[0]!
  const close = text.indexOf(`</${name}>`, end)
  return close < 0 ? -1 : close + name.length + 3
}

/** A text to keep, read from the bytes: a slice of the page's text would keep the whole page in memory. */
function ownText({ bytes, encoding }: Page, begin: number, end: number): string {
  return bytes.toString(encoding, begin, end)
}

/** −1 for what is no number of bytes. */
function sizeOf(text: string, begin: number, end: number): number {
  if (begin === end || end - begin > 16) return -1
  let size = 0
  for (let i = begin; i < end; i++) {
    const digit = text.charCodeAt(i) - zero
    if (digit < 0 || digit > 9) return -1
    size = size * 10 + digit
  }
  return Number.isSafeInteger(size) ? size : -1
}

function etagOf(page: Page, begin: number, end: number): string {
  const { text } = page
  const isQuoted = end - begin >= 12 && text.startsWith('&quot;', begin) && text.startsWith('&quot;', end - 6)
  return isQuoted ? ownText(page, begin + 6, end - 6) : unquote(ownText(page, begin, end))
}

/** An ETag without its quotes, as XML or as a header field. */
export function unquote(etag: string): string {
  if (etag.startsWith('&quot;') && etag.endsWith('&quot;')) return etag.slice(6, -6)
  const plain = unescapeXml(etag)
  return plain.startsWith('"') && plain.endsWith('"') ? plain.slice(1, -1) : plain
}
