// Holds what was read of a generated data set against what the generator makes for its seed, file and sample numbers.
// Bytes are made again rather than kept: nobody else knows what they must be.

import type { Companion, Format } from '../format/format.ts'
import type { Clock } from '../util/clock.ts'
import { Fault } from '../util/fault.ts'
import { Semaphore } from '../util/semaphore.ts'
import { differingIndex, firstDifference, type Difference, type FoundBytes, type StoredObject } from './comparison.ts'
import type { DataSetName } from './names.ts'
import { GenerationPlan, type PlannedFile } from './plan.ts'
import type { DatasetSettings } from './settings.ts'

/**
 * What is known of a data set besides its bytes: its manifest says that this program wrote it with these settings; that
 * some of it was there before; or there is no manifest.
 */
export type Provenance = 'generated' | 'adopted' | 'unknown'

/** Plain data, shared by all threads. Shape [2]: bytes that were as they should be, and nanoseconds that threads were at it. */
export type VerifyCounts = BigInt64Array<SharedArrayBuffer>

export function createVerifyCounts(): VerifyCounts {
  return new BigInt64Array(new SharedArrayBuffer(16))
}

export function verifyCountsOf(counts: VerifyCounts): { readonly bytes: number; readonly nanoseconds: number } {
  return { bytes: Number(Atomics.load(counts, 0)), nanoseconds: Number(Atomics.load(counts, 1)) }
}

/** What a thread is told to verify by. */
export interface Verification {
  readonly settings: DatasetSettings
  readonly provenance: Provenance
  readonly counts: VerifyCounts
}

/** A data file, as it was listed. */
export interface ListedObject {
  readonly set: DataSetName
  readonly key: string
  /** Bytes. */
  readonly size: number
}

/** Bytes of a data file, or of one that lies beside it: of that, all of them. */
export interface ReadBytes extends FoundBytes { readonly key: string }

export class Verifier {
  readonly #verification: Verification
  readonly #format: Format
  readonly #plan: GenerationPlan
  readonly #clock: Clock
  /** One object at a time: encoders hold memory, and a thread has but one core. */
  readonly #turn: Semaphore = new Semaphore(1)

  /** @throws {Fault} 'usage' when the format does not write such a data set. */
  constructor(verification: Verification, format: Format, clock: Clock) {
    this.#verification = verification
    this.#format = format
    this.#plan = new GenerationPlan(verification.settings, format)
    this.#clock = clock
  }

  fileAt(index: number): PlannedFile {
    return this.#plan.file(index)
  }

  /** The file that a key belongs to. @throws {Fault} 'dataset' when the generator would write none of that name. */
  fileOf({ set, key }: Pick<ListedObject, 'set' | 'key'>): PlannedFile {
    const index = this.#plan.indexOf(set, key)
    if (index === undefined) throw this.#notOurs(key)
    return this.#plan.file(index)
  }

  /** @throws {Fault} 'format' that names the first byte that differs; 'dataset' when the generator writes no such object. */
  async verifyReads(object: ListedObject, reads: readonly ReadBytes[], signal?: AbortSignal): Promise<void> {
    const file = this.fileOf(object)
    const own = reads.filter(({ key }) => key === object.key)
    const end = own.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes.length), 0)
    for (const { key, bytes } of reads) if (key !== object.key) this.verifyCompanion(this.#companionOf(file, key), bytes)
    await this.verifyObject(file, { size: object.size, end, found: () => own, signal })
    this.#count(own.reduce((sum, { bytes }) => sum + bytes.length, 0), 0)
  }

  /** `bytes`: all that is stored of it. @throws {Fault} 'format' */
  verifyCompanion({ key, bytes: expected }: Companion, bytes: Uint8Array): void {
    const length = Math.min(expected.length, bytes.length)
    const [a, b] = [expected.subarray(0, length), bytes.subarray(0, length)]
    const index = differingIndex(a, b)
    if (index !== undefined) throw this.#differs(key, { offset: index, expected: a[index]!, found: b[index]! }, bytes.length)
    this.checkSize(key, bytes.length, expected.length)
    this.#count(bytes.length, 0)
  }

  /** Counts no bytes. @throws {Fault} 'format' */
  async verifyObject(file: PlannedFile, stored: StoredObject): Promise<void> {
    const { key, size, block } = file
    this.checkSize(key, stored.size, size)
    if (stored.end === 0 && stored.size > 0) return
    const release = await this.#turn.acquire(1, stored.signal)
    const begin = this.#clock.now()
    try {
      const difference = await firstDifference(this.#format.encode(block, this.#verification.settings.encode), stored)
      if (difference) throw this.#differs(key, difference, stored.size)
    } finally {
      this.#count(0, this.#clock.now() - begin)
      release()
    }
  }

  /** What lies beside a file. */
  companionsOf({ key, block }: PlannedFile): Companion[] {
    return [...this.#format.companions?.(key, block, this.#verification.settings.encode) ?? []]
  }

  #companionOf(file: PlannedFile, key: string): Companion {
    const companion = this.companionsOf(file).find((each) => each.key === key)
    if (!companion) throw this.#notOurs(key)
    return companion
  }

  #count(bytes: number, nanoseconds: number): void {
    const { counts } = this.#verification
    Atomics.add(counts, 0, BigInt(bytes))
    Atomics.add(counts, 1, BigInt(Math.round(nanoseconds)))
  }

  #differs(key: string, { offset, expected, found }: Difference, size: number): Fault {
    const name = JSON.stringify(key)
    if (expected === undefined) return this.#damaged(key, offset, `${name} has ${size} bytes, where dlio-s3 generates ${offset}`)
    if (found === undefined) return this.#damaged(key, offset, `${name} ends after ${offset} bytes, where dlio-s3 generates more: ${hex(expected)} would be next`)
    return this.#damaged(key, offset, `${name} is not what dlio-s3 generates: byte ${offset} is ${hex(found)} where ${hex(expected)} was expected`)
  }

  /** `expected`: absent where only encoding tells. @throws {Fault} 'format' */
  checkSize(key: string, found: number, expected: number | undefined): void {
    if (expected === undefined || found === expected) return
    throw this.#damaged(key, Math.min(found, expected), `${JSON.stringify(key)} has ${found} bytes, where dlio-s3 generates ${expected}`)
  }

  #damaged(key: string, offset: number, message: string): Fault {
    return new Fault('format', message, { info: { reason: 'damaged', key, offset }, hint: differenceHint(this.#verification) })
  }

  #notOurs(key: string): Fault {
    const { prefix } = this.#verification.settings
    return new Fault('dataset', `${JSON.stringify(key)} is no object that dlio-s3 generates for this workload, so nothing tells what is in it`, {
      info: { prefix }, hint: 'check workload.dataset.file_prefix, num_files_train and num_files_eval, or leave the verification out',
    })
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

/** What may have led to a difference, and what to do. */
export function differenceHint({ provenance, settings: { seed, format, encode } }: Verification): string {
  const cause = {
    generated: 'by its manifest dlio-s3 wrote this data set with these settings, so the store, something on the way or another writer changed it: read the object by other means; to have it written again, delete it and use --generate',
    adopted: `by its manifest some of this data set was there before and was adopted: those objects are another tool's, or of another --seed than ${seed}, or other workload.dataset.* keys; else the object is damaged`,
    unknown: `no manifest says that dlio-s3 wrote this data set: it is another tool's, or of another --seed than ${seed}, or other workload.dataset.* keys; else the object is damaged`,
  }[provenance]
  const isDeflated = encode.compression !== 'none' || format === 'png'
  return isDeflated ? `${cause}. Deflated bytes also depend on zlib: another Node.js on another kind of CPU may have written other bytes of the same data` : cause
}
