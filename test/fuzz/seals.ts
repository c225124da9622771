// Checksums made right again after a mutation: with wrong ones, nothing behind them would ever be reached.

import type { FormatName } from '../../src/format/index.ts'
import { masked, writeFrameHead } from '../../src/format/tfrecord-frames.ts'
import { lookup3 } from '../../src/format/hdf5-checksum.ts'
import { crc32, crc32c } from '../../src/util/crc.ts'

/** Changes checksums in `bytes`, which were `original` before. */
export type Seal = (bytes: Buffer, original: Buffer) => void

/** A part of an HDF5 file that holds metadata. `isSealed`: its checksum follows at `end`. */
export interface Block { readonly begin: number; readonly end: number; readonly isSealed: boolean }

/** Where an HDF5 file has metadata: blocks that end in their checksum, and those of old files, which have none. */
export function blocksOf(bytes: Buffer): Block[] {
  const blocks: Block[] = []
  for (const name of ['\x89HDF', 'OHDR', 'OCHK', 'FAHD', 'FADB', 'EAHD', 'EAIB', 'EASB', 'EADB', 'BTHD', 'BTLF', 'FRHP', 'FHDB']) {
    for (let begin = bytes.indexOf(name, 0, 'latin1'); begin >= 0; begin = bytes.indexOf(name, begin + 1, 'latin1')) {
      for (let end = begin + 8; end + 4 <= Math.min(bytes.length, begin + 4096); end++) {
        if (lookup3(bytes.subarray(begin, end)) !== bytes.readUInt32LE(end)) continue
        blocks.push({ begin, end, isSealed: true })
        break
      }
    }
  }
  for (const name of ['TREE', 'SNOD', 'HEAP', '\x89HDF']) {
    const begin = bytes.indexOf(name, 0, 'latin1')
    if (begin >= 0 && !blocks.some((block) => block.begin === begin)) blocks.push({ begin, end: Math.min(bytes.length - 4, begin + 400), isSealed: false })
  }
  return blocks
}

const known = new WeakMap<Buffer, Block[]>()

/** `blocksOf`, looked for once in each buffer. */
export function knownBlocks(original: Buffer): readonly Block[] {
  const blocks = known.get(original) ?? blocksOf(original)
  known.set(original, blocks)
  return blocks
}

function sealHdf5(bytes: Buffer, original: Buffer): void {
  for (const { begin, end, isSealed } of knownBlocks(original)) {
    if (!isSealed || end + 4 > bytes.length || bytes.subarray(begin, end).equals(original.subarray(begin, end))) continue
    bytes.writeUInt32LE(lookup3(bytes.subarray(begin, end)), end)
  }
}

function sealPng(bytes: Buffer): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at)
    if (end + 4 > bytes.length) break
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end)
    at = end + 4
  }
}

/** Frames whose lengths fit get their two CRCs; the last one that does not gets the one of its length. */
function sealTfrecord(bytes: Buffer): void {
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
    writeFrameHead(bytes.subarray(at, at + 12), length)
    if (at + 16 + length > bytes.length) break
    bytes.writeUInt32LE(masked(crc32c(bytes.subarray(at + 12, at + 12 + length))), at + 12 + length)
    at += 16 + length
  }
}

/** Stored members, whose data follow their local header, get their CRC in both headers. */
function sealZip(bytes: Buffer): void {
  for (let central = bytes.indexOf('PK\x01\x02', 0, 'latin1'); central >= 0 && central + 46 <= bytes.length; central = bytes.indexOf('PK\x01\x02', central + 4, 'latin1')) {
    const length = bytes.readUInt32LE(central + 20), local = bytes.readUInt32LE(central + 42)
    if (bytes.readUInt16LE(central + 10) !== 0 || local + 30 > bytes.length) continue
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    if (begin + length > bytes.length) continue
    const crc = crc32(bytes.subarray(begin, begin + length))
    bytes.writeUInt32LE(crc, central + 16)
    bytes.writeUInt32LE(crc, local + 14)
  }
}

/** Formats that are not here have no checksums, or such as only their data have. */
export const seals: Readonly<Partial<Record<FormatName, Seal>>> = { npz: sealZip, tfrecord: sealTfrecord, hdf5: sealHdf5, png: sealPng }
