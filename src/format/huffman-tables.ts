// Tables to look up Huffman codes of deflate by, for inflate-program.ts. Source: RFC 1951, section 3.2.

import { distanceBits, endings, entryFlags, literalBits } from './inflate-program.ts'

/** How a table is made: entry i of `symbols` is that of symbol i, without what its code's length adds. */
export interface TableKind {
  readonly symbols: Int32Array
  /** Codes of up to so many are in the first table. */
  readonly bits: number
  /** Whether there may be one code alone, of one bit, or none: blocks without matches, or with all at one distance. */
  readonly mayBeFew?: boolean
}

const noSymbol = entryFlags.exception | (endings.damaged << 16)

/** Bases of lengths or distances: the first few, then as many for each number of extra bits. */
function valueEntries({ first, count, plain, each, total }: Record<'first' | 'count' | 'plain' | 'each' | 'total', number>): number[] {
  const entries: number[] = []
  for (let i = 0, base = first; i < total; i++) {
    const extra = i < plain ? 0 : Math.floor((i - plain) / each) + 1
    entries.push(i < count ? (base << 16) | extra : noSymbol)
    base += 2 ** extra
  }
  return entries
}

const lengths = valueEntries({ first: 3, count: 28, plain: 8, each: 4, total: 28 })
const literals = Array.from({ length: 256 }, (_, byte) => entryFlags.literal | (byte << 16))

/** Literals, the end of the block, lengths. */
export const literalKind: TableKind = {
  bits: literalBits,
  // The longest length has a symbol of its own, without extra bits.
  symbols: Int32Array.from([...literals, entryFlags.exception | (endings.block << 16), ...lengths, 258 << 16, noSymbol, noSymbol]),
}
export const distanceKind: TableKind = { bits: distanceBits, mayBeFew: true, symbols: Int32Array.from(valueEntries({ first: 1, count: 30, plain: 4, each: 2, total: 32 })) }
/** The lengths of codes, of which a block's codes are made. */
export const lengthKind: TableKind = { bits: 7, symbols: Int32Array.from({ length: 19 }, (_, symbol) => symbol << 16) }

const longest = 15
const counts = new Uint16Array(longest + 1), offsets = new Uint16Array(longest + 2), sorted = new Uint16Array(320)

/** Symbols by the lengths of their codes. False where these are too many, or where some code has no symbol. */
function sort(codeLengths: Uint8Array): boolean {
  counts.fill(0)
  for (let symbol = 0; symbol < codeLengths.length; symbol++) counts[codeLengths[symbol]!]!++
  counts[0] = offsets[1] = 0
  let free = 1
  for (let length = 1; length <= longest; length++) {
    offsets[length + 1] = offsets[length]! + counts[length]!
    free = 2 * free - counts[length]!
    if (free < 0) return false
  }
  if (free > 0) return false
  for (let symbol = 0; symbol < codeLengths.length; symbol++) if (codeLengths[symbol]! > 0) sorted[offsets[codeLengths[symbol]!]!++] = symbol
  return true
}

/** What an entry has of a code's length. */
const lengthOf = (bits: number): number => 0x200 + bits * 0x101

/** The next code of `length` bits, its first bit lowest as in the stream. Codes count up from their last bit. */
function following(code: number, length: number): number {
  const bit = 1 << (31 - Math.clz32(code ^ ((1 << length) - 1)))
  return (code & (bit - 1)) | bit
}

/**
 * Fills `table` for codes of these lengths in bits, of symbol 0, 1, …; 0: it has none. False where they are too many, or too few.
 */
export function fillTable({ symbols, bits, mayBeFew = false }: TableKind, codeLengths: Uint8Array, table: Int32Array): boolean {
  if (!sort(codeLengths)) return mayBeFew && fillFew(symbols, codeLengths, table)
  let length = 1, code = 0, next = 0
  // Codes of up to so many bits are in the table, which repeats itself for each bit more.
  for (let size = 2; length <= bits; length++, size *= 2) {
    for (let left = counts[length]!; left > 0; left--) {
      table[code] = symbols[sorted[next++]!]! + lengthOf(length)
      if (code === size - 1) {
        for (; size < 1 << bits; size *= 2) table.copyWithin(size, 0, size)
        return true
      }
      code = following(code, length)
    }
    if (length < bits) table.copyWithin(size, 0, size)
  }
  return fillLonger({ symbols, bits }, { length, code, next }, table)
}

/** For one code, or none; every other bit that comes is damaged. */
function fillFew(symbols: Int32Array, codeLengths: Uint8Array, table: Int32Array): boolean {
  const only = codeLengths.findIndex((length) => length > 0)
  if (only >= 0 && (codeLengths[only] !== 1 || codeLengths.subarray(only + 1).some((length) => length > 0))) return false
  for (let at = 0; at < table.length; at++) table[at] = only >= 0 && at % 2 === 0 ? symbols[only]! + lengthOf(1) : noSymbol
  return true
}

function fillLonger({ symbols, bits }: TableKind, { length, code, next }: Record<'length' | 'code' | 'next', number>, table: Int32Array): boolean {
  let prefix = -1, begin = 0, end = 1 << bits, left = counts[length]!
  for (;;) {
    while (left === 0) left = counts[++length]!
    if ((code & ((1 << bits) - 1)) !== prefix) {
      prefix = code & ((1 << bits) - 1)
      begin = end
      let width = length - bits, used = left
      while (used < 1 << width) used = 2 * used + counts[bits + ++width]!
      end = begin + (1 << width)
      if (end > table.length) return false
      table[prefix] = entryFlags.longer | (begin << 16) | (width << 8) | bits
    }
    const entry = symbols[sorted[next++]!]! + lengthOf(length - bits)
    for (let at = begin + (code >> bits); at < end; at += 1 << (length - bits)) table[at] = entry
    if (code === (1 << length) - 1) return true
    code = following(code, length)
    left--
  }
}
