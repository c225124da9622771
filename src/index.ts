// The library: what the command line does, as functions.

import { loadFromWords } from './cli/load-words.ts'
import { locate } from './cli/object-uri.ts'
import { noticeText } from './cli/notice-text.ts'
import type { RunFlags } from './cli/run-flags.ts'
import { runWorkload } from './cli/run-workload.ts'
import { contractSummary } from './metrics/contract.ts'
import type { RunSummary } from './metrics/summary.ts'
import type { S3Options } from './read-files.ts'
import { openStore } from './storage/index.ts'
import { maskWords } from './workload/mask.ts'
import type { ObjectMeta } from './storage/store.ts'

export { Fault, isFault, type FaultCode, type FaultInfo } from './util/fault.ts'
export type { DType, Tensor } from './format/tensor.ts'
export type { ArrayDescription, ByteSource, Companion, EncodeOptions, Format, Inspection, Memo, OpenHint, ParquetLayout, SampleBlock, SampleReader } from './format/format.ts'
export { readCsv, readHdf5, readImage, readIndexedBinary, readNpy, readNpz, readParquet, readTfrecord } from './read-files.ts'
export type { OpenFile, ParquetOptions, ReadFile, S3Options } from './read-files.ts'
export type { ObjectMeta } from './storage/store.ts'
export type { RunSummary } from './metrics/summary.ts'

export interface RunOptions extends Partial<Omit<RunFlags, 'json' | 'quiet' | 'verbose' | 'printConfig' | 'cfg'>> {
  /** Overrides in Hydra's spelling: "++workload.train.epochs=2". */
  readonly overrides?: readonly string[]
  /** Write a results folder: `out`, or one below dlio-s3-results/. Absent: only when `out` is given. */
  readonly files?: boolean
  readonly signal?: AbortSignal
  /** One line of progress, when there is one to tell. */
  readonly onProgress?: (line: string) => void
  readonly onWarning?: (line: string) => void
}

export interface RunResult {
  readonly status: RunSummary['status']
  /** The figures of the contract: flat, units in the key, absent when undefined. */
  readonly figures: Readonly<Record<string, number | string>>
  readonly summary: RunSummary
  /** The report for people, and result.json. */
  readonly text: string
  readonly json: string
  readonly folder?: string
}

/**
 * Runs a workload: the name of a built-in one or a YAML file.
 * @throws {Fault} when it cannot begin or fails; an interrupted run (`signal`) resolves with status 'interrupted'.
 */
export async function run(workload: string, options: RunOptions = {}): Promise<RunResult> {
  const { overrides = [], files, signal, onProgress, onWarning, ...given } = options
  const flags: RunFlags = { accelerators: 1, config: [], configDir: [], decode: 'full', dialect: 'argonne', seed: 0, transport: 'direct', ...given }
  const loaded = await loadFromWords([workload, ...overrides], flags)
  for (const notice of loaded.warnings) onWarning?.(noticeText(notice))
  const outcome = await runWorkload({
    loaded, flags, command: ['run', workload, ...maskWords(overrides)].join(' '), signal: signal ?? new AbortController().signal, files: files ?? flags.out !== undefined,
    voice: { progress: (text) => onProgress?.(text()), warn: (text) => onWarning?.(text), detail: () => {} },
  })
  if (outcome.error !== undefined && outcome.summary.status === 'failed') throw outcome.error
  const { summary, text, json, folder } = outcome
  return { status: summary.status, figures: contractSummary(summary), summary, text, json, ...(folder === undefined ? {} : { folder }) }
}

/** All objects below s3://bucket/prefix, or files below a folder, in the order of their keys' bytes. @throws {Fault} */
export async function* listObjects(uri: string, options: S3Options = {}): AsyncGenerator<ObjectMeta, void, undefined> {
  const { spec, key } = await locate(uri, { transport: 'direct', ...options })
  const folder = spec.kind === 'file' ? { ...spec, root: `${spec.root}/${key}` } : spec
  const store = await openStore(folder)
  try {
    for await (const page of store.list(spec.kind === 'file' ? '' : key)) yield* page
  } finally {
    await store.close()
  }
}
