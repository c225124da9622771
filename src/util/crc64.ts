// CRC-64/NVME by WebAssembly: the native library there is takes four times as long (docs/decisions/0009). On a core, for 8 MiB / 128 KiB / 4 KiB:
// 6.3 / 3.4 / 1.6 GB/s, where its 16 tables alone reach 1.7, and 8 tables in JavaScript 0.6.
// Parameters: NVM Command Set Specification, 64b CRC.

import { thinStep } from './crc-thin-program.ts'
import { assembleCrc64, layout, type Crc64Program } from './crc64-program.ts'

/** Reflected. */
export const crc64Polynomial: bigint = 0x9a6c9329ac4bc9b5n

/** Less is done by the tables alone. Bytes. */
const short = 3 * layout.span
const allOnes = 0xffff_ffff_ffff_ffffn

interface Machine extends Crc64Program { readonly bytes: Uint8Array; readonly view: DataView }

let started: Machine | undefined

function start(): Machine {
  const program = assembleCrc64()
  const view = new DataView(program.memory.buffer)
  const tables = tablesOf(layout.tableBytes / 8)
  for (const [i, entry] of tables.entries()) view.setBigUint64(8 * i, entry, true)
  return { ...program, view, bytes: new Uint8Array(program.memory.buffer) }
}

function tablesOf(length: number): BigUint64Array {
  const tables = new BigUint64Array(length)
  for (let i = 0; i < 256; i++) {
    let crc = BigInt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ crc64Polynomial
    tables[i] = crc
  }
  for (let i = 256; i < length; i++) {
    const before = tables[i - 256]!
    tables[i] = (before >> 8n) ^ tables[Number(before & 0xffn)]!
  }
  return tables
}

/** The CRC-64/NVME of `data`, or of what came before (`previous`, its CRC) followed by `data`. Unsigned. */
export function crc64nvme(data: Uint8Array, previous = 0n): bigint {
  started ??= start()
  let register = previous ^ allOnes
  for (let at = 0; at < data.length; at += layout.capacity - thinStep) {
    const piece = data.subarray(at, at + layout.capacity - thinStep)
    register = piece.length < 8 ? byBytes(started, piece, register) : byProgram(started, piece, register)
  }
  return register ^ allOnes
}

function byBytes({ view }: Machine, piece: Uint8Array, register: bigint): bigint {
  let crc = register
  for (const byte of piece) crc = (crc >> 8n) ^ view.getBigUint64(8 * (Number(crc & 0xffn) ^ byte), true)
  return crc
}

/** The register is xored into the first 8 bytes; from 0 on, zeros before them change nothing and make whole steps. */
function byProgram({ bytes, view, crc, thin }: Machine, piece: Uint8Array, register: bigint): bigint {
  const begin = layout.data, first = begin + (thinStep - piece.length % thinStep) % thinStep, end = first + piece.length
  bytes.fill(0, begin, first)
  bytes.set(piece, first)
  view.setBigUint64(first, view.getBigUint64(first, true) ^ register, true)
  if (piece.length < short) return BigInt.asUintN(64, crc(begin, end, 0n))
  // All but the last `span` bytes are taken out. What they leave in those is found with zeros in their place.
  const cut = end - layout.span
  thin(begin, cut, begin)
  bytes.copyWithin(layout.rest, cut, end)
  bytes.fill(0, cut, end)
  thin(cut, end, layout.rest)
  return BigInt.asUintN(64, crc(layout.rest, layout.rest + layout.span, 0n))
}
