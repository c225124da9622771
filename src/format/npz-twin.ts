// Objects of a data set are alike but for their numbers: what stands around those, byte for byte as in the last object, need
// not be parsed again. Directory, headers and array description took 12 µs of the 18 that a file of 128 KiB took to open.

import { crc32 } from '../util/crc.ts'
import { RunningCrc } from './running-crc.ts'
import type { Tensor } from './tensor.ts'
import type { Member } from './zip-archive.ts'
import type { ZipEntry } from './zip.ts'

/** Bytes that must be there again. */
interface Frame { readonly offset: number; readonly bytes: Buffer }

/** Where an entry has its CRC-32: in the member's own header, and in the directory. */
const crcFields = { local: 14, directory: 16, length: 4 } as const

export class NpzTwin {
  /** Bytes of the object. */
  readonly size: number
  readonly #frames: readonly Frame[]
  readonly #crcOffset: number
  readonly #member: { readonly begin: number; readonly end: number }
  readonly #array: Tensor

  /** `whole`: an object that was read and found good, `array` its samples in it, `entry` and `member` the stored member that they are in. */
  constructor(whole: Uint8Array, array: Tensor, { entry, member, directoryOffset }: { entry: ZipEntry; member: Member; directoryOffset: number }) {
    const frame = (begin: number, end: number): Frame => ({ offset: begin, bytes: Buffer.from(whole.subarray(begin, end)) })
    const dataOffset = array.offset + (array.bytes.byteOffset - whole.byteOffset)
    const { headerOffset } = entry
    this.size = whole.length
    this.#crcOffset = entry.directoryOffset + crcFields.directory
    this.#frames = [
      frame(headerOffset, headerOffset + crcFields.local), frame(headerOffset + crcFields.local + crcFields.length, dataOffset),
      frame(directoryOffset, this.#crcOffset), frame(this.#crcOffset + crcFields.length, whole.length),
    ]
    this.#member = { begin: member.offset, end: member.offset + member.length }
    // Nothing of the object stays: its memory is the next one's.
    this.#array = { ...array, bytes: new Uint8Array(0), offset: dataOffset }
  }

  /** Of the samples, to follow an object that may be alike. */
  running(): RunningCrc {
    return new RunningCrc(crc32, this.#member.begin, this.#member.end)
  }

  /** The samples in `whole`, or undefined when it is another kind of object, or its CRC-32 is not right: then somebody else must say why. */
  arrayIn(whole: Uint8Array, running: RunningCrc): Tensor | undefined {
    for (const { offset, bytes } of this.#frames) if (bytes.compare(whole, offset, offset + bytes.length) !== 0) return undefined
    const at = this.#crcOffset
    const crc = (whole[at]! | (whole[at + 1]! << 8) | (whole[at + 2]! << 16) | (whole[at + 3]! << 24)) >>> 0
    return running.of(whole) === crc ? { ...this.#array, bytes: whole } : undefined
  }
}
