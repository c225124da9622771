// What a run does on each fault of the built-in server: the rows of docs/semantics.md, as its tests play them.

import type { FaultKind } from '../../src/server/fault-rules.ts'
import type { RetryCounts } from '../../src/util/retry-counts.ts'

export interface FaultRow {
  readonly kind: FaultKind
  /** Of --faults. */
  readonly spec: string
  /** Of a run of 24 files with one thread, which generates first where `generate` says so. */
  readonly exit: number
  /** Retries of it, by cause; of causes with a range, [least, most]. */
  readonly retries?: RetryCounts | { readonly [cause: string]: readonly [number, number] }
  /** Of its failure. */
  readonly code?: string
  readonly message?: RegExp
  readonly generate?: boolean
  readonly args?: readonly string[]
  /** The least that the median of the times to the first byte may be, and of the requests' times. Seconds. */
  readonly ttfbSeconds?: number
  readonly requestSeconds?: number
}

/** Played as runs. */
export const runRows: readonly FaultRow[] = [
  { kind: 'latency', spec: 'latency=60ms', exit: 0, ttfbSeconds: 0.06 },
  { kind: 'bandwidth', spec: 'bandwidth=1MiB', exit: 0, requestSeconds: 0.055 },
  { kind: 'slow-down', spec: 'slow-down=200ms:get@1-2', exit: 0, retries: { throttled: 2 } },
  { kind: 'too-many-requests', spec: 'too-many-requests:get@3', exit: 0, retries: { throttled: 1 } },
  { kind: 'internal-error', spec: 'internal-error@1-3', exit: 0, retries: { server: 3 } },
  { kind: 'request-timeout', spec: 'request-timeout:get@2', exit: 0, retries: { timeout: 1 } },
  { kind: 'expired-token', spec: 'expired-token:get', exit: 3, code: 'credentials', message: /400 ExpiredToken, The provided token has expired/ },
  { kind: 'redirect-loop', spec: 'redirect-loop', exit: 4, code: 'storage', message: /answered 307 TemporaryRedirect/ },
  { kind: 'reset', spec: 'reset:get@1-2', exit: 0, retries: { truncated: 2 } },
  // On a connection that was used before, a request goes out again without being counted.
  { kind: 'lost-answer', spec: 'lost-answer:put@1-3', exit: 0, retries: { truncated: [1, 3] }, generate: true },
  { kind: 'idle-close', spec: 'idle-close:get', exit: 0 },
  { kind: 'reset-body', spec: 'reset-body@2-3', exit: 0, retries: { truncated: 2 } },
  { kind: 'short-body', spec: 'short-body@1', exit: 0, retries: { truncated: 1 } },
  { kind: 'wrong-length', spec: 'wrong-length@3', exit: 5, code: 'storage', message: /gave \d+ of \d+ bytes/ },
  { kind: 'wrong-etag', spec: 'wrong-etag@3', exit: 5, code: 'storage', message: /is not the object that was listed: its ETag differs/ },
  { kind: 'wrong-bytes', spec: 'wrong-bytes@3', exit: 5, code: 'format', message: /CRC/i },
  { kind: 'wrong-checksum', spec: 'wrong-checksum:put@3', exit: 5, code: 'storage', message: /with the CRC32 \S+ where \S+ was sent/, generate: true, args: ['--checksum', 'crc32'] },
  { kind: 'lost-part', spec: 'lost-part', exit: 5, code: 'storage', message: /has 5242880 bytes after \d{7} bytes in 2 parts were uploaded and confirmed/, generate: true, args: ['++workload.dataset.record_length_bytes=6000000', '++workload.dataset.num_files_train=2', '++workload.reader.batch_size=1', '++workload.storage.storage_options.part_size=5MiB'] },
  { kind: 'ignored-range', spec: 'ignored-range', exit: 0 },
  { kind: 'cut-page', spec: 'cut-page', exit: 4, code: 'storage', message: /answered a listing with something else/ },
  { kind: 'short-page', spec: 'short-page', exit: 2, code: 'dataset', message: /12 of 24 files/ },
  { kind: 'slow-accept', spec: 'slow-accept=60ms', exit: 0 },
  // Each of the two stores, listing's and the thread's, learns it by itself; what is under way then has the wrong time too.
  { kind: 'clock-skew', spec: 'clock-skew=20m', exit: 0, retries: { clock: [2, 12] } },
]

/** Played as calls of a store: a run would take minutes, or more objects than a test should write. */
export const storeKinds: readonly FaultKind[] = ['no-answer', 'stalled-body', 'repeated-page']
