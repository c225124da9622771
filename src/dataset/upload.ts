// One planned file to the store, under a budget of bytes: small objects are built whole, larger ones stream.

import type { Format } from '../format/format.ts'
import { itemSizes, elementCount } from '../format/tensor.ts'
import type { ObjectMeta, ObjectStore } from '../storage/store.ts'
import { checkPut, defaultUploadPlan, heldBytes, type UploadPlan } from '../storage/upload-plan.ts'
import { Fault } from '../util/fault.ts'
import { Semaphore } from '../util/semaphore.ts'
import { formatBytes, MiB } from '../util/units.ts'
import type { PlannedFile } from './plan.ts'
import type { DatasetSettings } from './settings.ts'

/** Up to here an object is made whole, in memory that is used again, where its format can do that. Larger ones stream, unless they go in one PUT. */
const wholeSize = 64 * MiB
/** What the encoder of a stream is counted as, beside what the store holds of it. */
const encoderSize = 24 * MiB

/** Buffers of one size, the largest asked for so far: the objects of a data set are much alike, and allocating anew costs page faults. */
class Buffers {
  #free: Uint8Array[] = []
  #size = 0

  sizeFor(length: number): number {
    return Math.max(this.#size, length)
  }

  take(length: number): Uint8Array {
    if (length > this.#size) {
      this.#size = length
      this.#free = []
    }
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size)
  }

  give(buffer: Uint8Array): void {
    if (buffer.length === this.#size) this.#free.push(buffer)
  }
}

export interface UploaderOptions {
  readonly store: ObjectStore
  readonly format: Format
  readonly settings: DatasetSettings
  /** How the store takes them. Absent: as one with the defaults does. */
  readonly uploadPlan?: UploadPlan
  /** Bytes of objects in memory at once. An object that needs more than all of it goes alone. */
  readonly memoryLimit: number
}

export class Uploader {
  readonly #options: UploaderOptions
  readonly #uploadPlan: UploadPlan
  readonly #budget: Semaphore
  readonly #buffers: Buffers = new Buffers()

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#uploadPlan = options.uploadPlan ?? defaultUploadPlan
    this.#budget = new Semaphore(options.memoryLimit)
  }

  /** The most bytes that were in memory at once. */
  get peakBytes(): number { return this.#budget.peak }

  /** Resolves to the bytes written, those beside the file included, once the store has told the sizes that were sent. */
  async put(file: PlannedFile, signal?: AbortSignal): Promise<number> {
    const release = await this.#budget.acquire(this.#bytesNeeded(file), signal)
    try {
      const beside = await this.#putCompanions(file, signal)
      return beside + (isWhole(file, this.#options.format, this.#uploadPlan) ? await this.#putWhole(file, signal) : await this.#putPieces(file, signal))
    } finally {
      release()
    }
  }

  async #putWhole({ key, size, block }: PlannedFile, signal: AbortSignal | undefined): Promise<number> {
    const { store, format, settings } = this.#options
    const buffer = this.#buffers.take(size!)
    try {
      const body = buffer.subarray(0, size)
      format.encodeInto!(block, settings.encode, body)
      return verified(await store.write(key, body, { signal }), body.length)
    } finally {
      this.#buffers.give(buffer)
    }
  }

  async #putPieces(file: PlannedFile, signal: AbortSignal | undefined): Promise<number> {
    const pieces = this.#options.format.encode(file.block, this.#options.settings.encode)[Symbol.asyncIterator]()
    try {
      const first = await pieces.next()
      return await this.#send(file, { first: first.done ? new Uint8Array(0) : first.value, pieces, signal })
    } finally {
      await pieces.return?.()
    }
  }

  /** Before the file: where that is there, everything is. Bytes written. */
  async #putCompanions({ key, block }: PlannedFile, signal: AbortSignal | undefined): Promise<number> {
    const { store, format, settings } = this.#options
    const written = [...format.companions?.(key, block, settings.encode) ?? []].map(async ({ key: other, bytes }) => verified(await store.write(other, bytes, { signal }), bytes.length))
    return (await Promise.all(written)).reduce((sum, bytes) => sum + bytes, 0)
  }

  #bytesNeeded(file: PlannedFile): number {
    const bytes = memoryOf(file, this.#options.format, this.#uploadPlan)
    return isBuffered(file, this.#options.format, this.#uploadPlan) ? this.#buffers.sizeFor(bytes) : bytes
  }

  async #send(file: PlannedFile, encoded: Encoded): Promise<number> {
    const { store } = this.#options
    const { size, key } = file
    const { first, signal } = encoded
    if (size === undefined) {
      const body = await gatherUnknown(encoded)
      return verified(await store.write(key, body, { signal }), body.length)
    }
    // The piece is valid while no other is asked for: an object of one piece goes out as it is.
    if (first.length === size) return verified(await store.write(key, first, { signal }), size)
    if (size > this.#uploadPlan.threshold) return verified(await store.write(key, chained(encoded), { size, signal }), size)
    const buffer = this.#buffers.take(size)
    try {
      await gather(file, encoded, buffer.subarray(0, size))
      return verified(await store.write(key, buffer.subarray(0, size), { signal }), size)
    } finally {
      this.#buffers.give(buffer)
    }
  }
}

function isWhole({ size }: PlannedFile, format: Format, { threshold }: UploadPlan): boolean {
  return size !== undefined && size <= Math.max(wholeSize, threshold) && format.encodeInto !== undefined
}

/** What goes in one PUT is gathered for it, whatever its format can do. */
function isBuffered(file: PlannedFile, format: Format, plan: UploadPlan): boolean {
  return (file.size !== undefined && file.size <= plan.threshold) || isWhole(file, format, plan)
}

/** Bytes of memory that writing a file takes, by itself. */
export function memoryOf(file: PlannedFile, format: Format, plan: UploadPlan = defaultUploadPlan): number {
  const { size, block } = file
  if (size === undefined) return block.numSamples * elementCount(block.shape) * itemSizes[block.dtype]
  return isBuffered(file, format, plan) ? size : Math.min(size, heldBytes(plan, size) + encoderSize)
}

/** @throws {Fault} 'usage' when a file is to go in one PUT, other than by default, and is too large for one, or for the memory. */
export function checkLargest(file: PlannedFile | undefined, { format, memoryLimit, uploadPlan = defaultUploadPlan }: Pick<UploaderOptions, 'format' | 'memoryLimit' | 'uploadPlan'>): void {
  if (file === undefined) return
  if (file.size !== undefined) checkPut(uploadPlan, file.size, 'an object')
  const bytes = memoryOf(file, format, uploadPlan)
  if (bytes <= memoryLimit || uploadPlan.threshold <= uploadPlan.partSize || bytes > uploadPlan.threshold) return
  throw new Fault('usage', `an object of ${formatBytes(bytes)}, which is whole in memory for one PUT, does not fit the memory limit of ${formatBytes(memoryLimit)}`, {
    info: { key: 'singlePut' }, hint: 'Raise --memory-limit, or let objects be uploaded in parts: without --single-put, and with a lower --multipart-threshold.',
  })
}

interface Encoded {
  readonly first: Uint8Array
  /** What follows the first piece. */
  readonly pieces: AsyncIterator<Uint8Array>
  readonly signal: AbortSignal | undefined
}

async function* chained({ first, pieces }: Encoded): AsyncGenerator<Uint8Array, void> {
  yield first
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
}

async function gather(file: PlannedFile, encoded: Encoded, into: Uint8Array): Promise<void> {
  let end = 0
  for await (const piece of chained(encoded)) {
    if (end + piece.length <= into.length) into.set(piece, end)
    end += piece.length
  }
  // An encoder that gives other bytes than it announced is a bug of ours, not a Fault.
  if (end !== into.length) throw new RangeError(`encoding ${file.key} gave ${end} bytes where ${into.length} were announced`)
}

/** A compressed object: its size is known when it is whole. */
async function gatherUnknown(encoded: Encoded): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of chained(encoded)) pieces.push(piece.slice())
  return Buffer.concat(pieces)
}

function verified({ key, size }: ObjectMeta, wanted: number): number {
  if (size === wanted) return size
  throw new Fault('storage', `"${key}" has ${size} bytes after ${wanted} were written`, {
    info: { reason: 'corrupt', operation: 'write', key }, hint: 'Something else writes to this data folder, or the store damages what it is given.',
  })
}
