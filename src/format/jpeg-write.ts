// Baseline greyscale JPEG images of quality 75, what Pillow writes for DLIO. @napi-rs/image would write three components.
// Source: ITU-T T.81, annexes B (segments), F.1 (coding); JFIF 1.01.

import type { GreyImage } from './image.ts'
import { acTable, codesOf, dcTable, quantization, zigZag } from './jpeg-tables.ts'
import { quantized, transform } from './jpeg-transform.ts'
import { MiB } from '../util/units.ts'

const dcCodes = codesOf(dcTable), acCodes = codesOf(acTable)
/** Runs of sixteen zeros, and the end of a block. */
const [zeroRun, endOfBlock] = [0xf0, 0]
/** Bytes in a piece, at least. */
const pieceLength = MiB
/** Bytes that a block has at the most: 64 coefficients of 16 + 10 bits, each byte stuffed. */
const longestBlock = 512

export function* encodeJpeg(image: GreyImage): Generator<Uint8Array> {
  const { width, height } = image
  yield headers(width, height)
  const bits = new BitWriter()
  const lines = new Uint8Array(8 * width)
  const block = new Float64Array(64)
  const coefficients = new Int16Array(64)
  let previous = 0
  for (let y = 0; y < height; y += 8) {
    const count = Math.min(8, height - y)
    image.rows(y, lines.subarray(0, count * width))
    for (let x = 0; x < width; x += 8) {
      loadBlock(block, { lines, width, count, x })
      transform(block)
      for (let k = 0; k < 64; k++) coefficients[k] = quantized(block[zigZag[k]!]!, quantization[k]!)
      writeBlock(bits, coefficients, previous)
      previous = coefficients[0]!
    }
    if (bits.length >= pieceLength) yield bits.take()
  }
  bits.pad()
  yield Buffer.concat([bits.take(), Buffer.from([0xff, 0xd9])])
}

function headers(width: number, height: number): Buffer {
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0])
  frame.writeUInt16BE(height, 1)
  frame.writeUInt16BE(width, 3)
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\u0001\u0001\0\0\u0001\0\u0001\0\0', 'latin1')),
    segment(0xdb, Buffer.concat([Buffer.from([0]), quantization])),
    segment(0xc0, frame),
    segment(0xc4, Buffer.concat([Buffer.from([0x00]), dcTable])),
    segment(0xc4, Buffer.concat([Buffer.from([0x10]), acTable])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
  ])
}

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}

/** Pixels around zero; beyond the image's edges its last column and row go on. `count`: rows that there are, up to 8. */
function loadBlock(block: Float64Array, { lines, width, count, x }: { lines: Uint8Array; width: number; count: number; x: number }): void {
  for (let row = 0; row < 8; row++) {
    const begin = Math.min(row, count - 1) * width
    for (let column = 0; column < 8; column++) block[row * 8 + column] = lines[begin + Math.min(x + column, width - 1)]! - 128
  }
}

function writeBlock(bits: BitWriter, coefficients: Int16Array, previous: number): void {
  const difference = coefficients[0]! - previous
  const size = sizeOf(difference)
  bits.write(dcCodes.code[size]!, dcCodes.length[size]!)
  bits.write(magnitude(difference, size), size)
  let zeros = 0
  for (let k = 1; k < 64; k++) {
    const value = coefficients[k]!
    if (value === 0) {
      zeros++
      continue
    }
    for (; zeros > 15; zeros -= 16) bits.write(acCodes.code[zeroRun]!, acCodes.length[zeroRun]!)
    const bitsOfValue = sizeOf(value)
    const symbol = zeros * 16 + bitsOfValue
    bits.write(acCodes.code[symbol]!, acCodes.length[symbol]!)
    bits.write(magnitude(value, bitsOfValue), bitsOfValue)
    zeros = 0
  }
  if (zeros > 0) bits.write(acCodes.code[endOfBlock]!, acCodes.length[endOfBlock]!)
}

/** Bits of a value's magnitude. */
function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value))
}

/** A negative value is written one lower, without its sign. */
function magnitude(value: number, size: number): number {
  return value < 0 ? value + (1 << size) - 1 : value
}

/** Bits from the highest on; a byte of ones is followed by a zero byte. */
class BitWriter {
  #bytes: Uint8Array = Buffer.allocUnsafe(2 * pieceLength)
  length = 0
  #held = 0
  #count = 0

  /** `count`: up to 16. */
  write(value: number, count: number): void {
    this.#held = (this.#held << count) | value
    this.#count += count
    while (this.#count >= 8) {
      this.#count -= 8
      this.#push((this.#held >>> this.#count) & 0xff)
    }
    this.#held &= (1 << this.#count) - 1
  }

  /** Fills the last byte with ones. */
  pad(): void {
    if (this.#count > 0) this.write((1 << (8 - this.#count)) - 1, 8 - this.#count)
  }

  /** The whole bytes so far, in memory of their own. */
  take(): Uint8Array {
    const taken = Uint8Array.from(this.#bytes.subarray(0, this.length))
    this.length = 0
    return taken
  }

  #push(byte: number): void {
    if (this.length + longestBlock > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#bytes.length)
      larger.set(this.#bytes.subarray(0, this.length))
      this.#bytes = larger
    }
    this.#bytes[this.length++] = byte
    if (byte === 0xff) this.#bytes[this.length++] = 0
  }
}
