// Reads one batch: samples grouped by object, objects fetched and decoded, everything timed.

import type { FileTable } from '../dataset/file-table.ts'
import type { ReadBytes, Verifier } from '../dataset/verifier.ts'
import type { Format, OpenHint } from '../format/format.ts'
import type { BatchReply, BatchTask } from '../loader/protocol.ts'
import type { Parts } from '../storage/part-plan.ts'
import type { ObjectStore, ReadTimings } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'
import { isFault, toFailure } from '../util/fault.ts'
import type { RetryCounts } from '../util/retry-counts.ts'
import type { Nanoseconds } from '../util/units.ts'
import type { BufferPool } from './buffers.ts'
import type { Memos } from './memos.ts'
import { ObjectSource, RangeSource, type ReleasableSource, type SourceContext } from './source.ts'

/** What a thread builds once and every batch of it uses. */
export interface Workbench {
  readonly store: ObjectStore
  /** Absent: bytes are only fetched. */
  readonly format: Format | undefined
  readonly files: { readonly train: FileTable; readonly eval: FileTable }
  readonly readMode: 'object' | 'range'
  readonly window: number
  /** How large objects are read. Absent: each by one request. */
  readonly parts?: Parts | undefined
  readonly buffers: BufferPool
  /** What readers keep of objects from one batch to the next. */
  readonly memos: Memos
  /** By ranges without decoding: readers say what a sample needs, and that is fetched. */
  readonly fetchOnly?: boolean
  /** Absent: bytes are taken as they are. */
  readonly verifier?: Verifier | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly thread: number
  /** How long the next sample's preprocessing lasts. */
  readonly preprocess: () => Nanoseconds
  /** Retries of this thread's store since this was last asked: batches of a thread overlap, so each retry is told once. */
  readonly takeRetries: () => RetryCounts
}

/** Samples of one object within a batch, in reading order. */
interface Group { readonly file: number; readonly samples: readonly number[] }

const first: readonly number[] = [0]

/** Runs of samples of the same object. Samples of one object that others separate are still one group: one fetch serves them. */
export function groupByFile(samples: Uint32Array, samplesPerFile: number): Group[] {
  // No sample comes twice.
  if (samplesPerFile === 1) return Array.from(samples, (file) => ({ file, samples: first }))
  const groups = new Map<number, { readonly file: number; readonly samples: number[] }>()
  for (const sample of samples) {
    const file = Math.floor(sample / samplesPerFile)
    const group = groups.get(file)
    if (group) group.samples.push(sample - file * samplesPerFile)
    else groups.set(file, { file, samples: [sample - file * samplesPerFile] })
  }
  return [...groups.values()]
}

/** A batch while it is being read. */
interface Batch { readonly phase: BatchTask['phase']; readonly log: BatchLog; readonly sources: SourceContext }

/** Its log. */
class BatchLog {
  bytes = 0
  objects = 0
  fetch: Nanoseconds = 0
  decode: Nanoseconds = 0
  readonly firstByte: number[] = []
  readonly total: number[] = []

  readonly onRead = ({ begin, end }: ReadTimings): void => { this.fetch += end - begin }

  readonly onRequest = (timings: ReadTimings, bytes: number): void => {
    this.bytes += bytes
    this.firstByte.push(timings.firstByte - timings.begin)
    this.total.push(timings.end - timings.begin)
  }
}

export async function runBatch(bench: Workbench, task: BatchTask): Promise<BatchReply> {
  const { clock, store, parts, buffers, signal } = bench
  const files = bench.files[task.phase]
  const log = new BatchLog()
  const batch: Batch = { phase: task.phase, log, sources: { store, parts, buffers, signal, clock, isDecoded: bench.format !== undefined, onRead: log.onRead, onRequest: log.onRequest } }
  const beginAt = clock.now()
  let failure: unknown
  const groups = groupByFile(task.samples, files.numSamplesPerFile)
  let next = 0
  // `window` readers: each takes the next object when it is done with one.
  const readNext = async (): Promise<void> => {
    while (next < groups.length && failure === undefined) {
      try {
        await readGroup(bench, batch, groups[next++]!)
      } catch (error) {
        failure ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(bench.window, task.samples.length) }, readNext))
  return {
    thread: bench.thread,
    beginAt,
    endAt: clock.now(),
    bytes: log.bytes,
    objects: log.objects,
    fetch: log.fetch,
    decode: log.decode,
    ...retriesOf(bench.takeRetries()),
    errors: isFault(failure, 'storage', 'credentials') ? 1 : 0,
    firstByte: log.firstByte,
    total: log.total,
    ...(failure === undefined ? {} : { failure: toFailure(failure) }),
  }
}

function retriesOf(retriesBy: RetryCounts): Pick<BatchReply, 'retries' | 'retriesBy'> {
  let retries = 0
  for (const count of Object.values(retriesBy)) retries += count
  return retries === 0 ? { retries } : { retries, retriesBy }
}

async function readGroup(bench: Workbench, { phase, log, sources }: Batch, group: Group): Promise<void> {
  const { signal, clock, verifier } = bench
  const files = bench.files[phase]
  const key = files.keys.get(group.file), etag = files.etags?.get(group.file) || undefined, size = files.sizes[group.file]!
  const reads: ReadBytes[] | undefined = verifier && []
  const object = { key, size, etag, onBytes: reads && ((read: ReadBytes) => { reads.push(read) }) }
  const source = bench.readMode === 'object' ? new ObjectSource(sources, object) : new RangeSource(sources, object)
  const verify = verifier && (() => verifier.verifyReads({ set: phase === 'train' ? 'train' : 'valid', key, size }, reads!, signal))
  try {
    try {
      if (bench.format) {
        const numSamples = files.numSamplesPerFile
        await decodeGroup(bench, source, group.samples, { log, hint: etag === undefined ? { numSamples } : { numSamples, memo: bench.memos.of(key, etag) } })
      }
      else if (size > 0) await source.read(0, size)
    } catch (error) {
      // Wrong bytes are told as such, rather than as what a decoder made of them.
      if (verify && isFault(error, 'format')) await verify()
      throw error
    }
    if (verify) await verify()
    log.objects++
    for (const _ of group.samples) {
      const pause = bench.preprocess()
      if (pause > 0) await clock.sleep(pause, signal)
    }
  } finally {
    const releasing = source.release()
    if (releasing) await releasing
  }
}

/** Decoding is what reading takes beyond waiting for the store. */
async function decodeGroup({ format, clock, fetchOnly = false }: Workbench, source: ReleasableSource, samples: readonly number[], { log, hint }: { log: BatchLog; hint: OpenHint }): Promise<void> {
  const begin = clock.now()
  const reader = await format!.open(source, hint)
  const preparing = reader.prepare?.(samples)
  if (preparing) await preparing
  if (!fetchOnly) for (const sample of samples) await reader.readSample(sample)
  log.decode += clock.now() - begin - source.waited
}
