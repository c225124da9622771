// Every file of a data set, and what lies beside it, read once and held against what the generator makes. Goes on after a difference.

import type { Companion } from '../format/format.ts'
import type { ObjectStore } from '../storage/store.ts'
import { isFault, throwIfAborted } from '../util/fault.ts'
import { runLanes, type Lane } from '../util/lanes.ts'
import { visitPages } from './key-ranges.ts'
import { isCompanion } from './names.ts'
import type { GenerationPlan, PlannedFile } from './plan.ts'
import { StoredWindows } from './stored-windows.ts'
import type { Verifier } from './verifier.ts'
import type { NextFile } from './write-files.ts'

/** An object that is not as it should be. `message` is a sentence with the key in it. */
export interface Finding {
  readonly kind: 'differs' | 'missing'
  readonly key: string
  readonly message: string
  /** Of the first byte that differs. */
  readonly offset?: number
}

/** One file, and what lies beside it. `bytes` were read and are as they should be. */
export interface VerifiedFile {
  readonly bytes: number
  /** None: all of it is as it should be. */
  readonly findings: readonly Finding[]
}

export interface StoredSizes {
  /** Bytes, by combined file index; −1 where there is no such object. Shape [plan.numFiles]. */
  readonly sizes: Float64Array<SharedArrayBuffer>
  numFound: number
  /** Objects in the folders of the sets that belong to no file of the plan, and one of them; '' where there is none. */
  numForeign: number
  exampleForeign: string
}

export async function storedSizes(store: ObjectStore, plan: GenerationPlan, signal?: AbortSignal): Promise<StoredSizes> {
  const sizes = new Float64Array(new SharedArrayBuffer(8 * plan.numFiles)).fill(-1)
  const found: StoredSizes = { sizes, numFound: 0, numForeign: 0, exampleForeign: '' }
  for (const set of ['train', 'valid'] as const) {
    await visitPages(store, { layout: plan.settings, set, signal }, (page) => {
      for (const { key, size } of page) {
        const index = plan.indexOf(set, key)
        if (index !== undefined) {
          sizes[index] = size
          found.numFound++
        } else if (!isCompanion(key) && found.numForeign++ === 0) found.exampleForeign = key
      }
    })
  }
  return found
}

export interface VerifyLanes {
  readonly store: ObjectStore
  readonly verifier: Verifier
  readonly sizes: Float64Array
  readonly next: NextFile
  /** At least one. */
  readonly objectsInFlight: number
  readonly signal: AbortSignal | undefined
  readonly onFile: (file: VerifiedFile) => void
}

/** Rejects with what the store fails in, after nothing is under way any more; what was told until then holds. */
export async function verifyFiles({ store, verifier, sizes, next, objectsInFlight, signal, onFile }: VerifyLanes): Promise<void> {
  const lane: Lane = async (either) => {
    for (let index = next(); index !== undefined; index = next()) {
      throwIfAborted(either)
      onFile(await verifyFile({ store, verifier, signal: either }, index, sizes[index]!))
    }
  }
  await runLanes(Array.from({ length: Math.max(1, objectsInFlight) }, () => lane), signal)
}

interface Verifying { readonly store: ObjectStore; readonly verifier: Verifier; readonly signal: AbortSignal }

async function verifyFile(verifying: Verifying, index: number, size: number): Promise<VerifiedFile> {
  const file = verifying.verifier.fileAt(index)
  const parts = [
    await verifyPart(file.key, size < 0 ? async () => undefined : () => verifyData(verifying, file, size)),
    ...await Promise.all(verifying.verifier.companionsOf(file).map((companion) => verifyPart(companion.key, () => verifyBeside(verifying, companion)))),
  ]
  return { bytes: parts.reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : 0), 0), findings: parts.filter((part) => typeof part === 'object') }
}

/** Bytes that are as they should be, or what is wrong; `verify` gives undefined where there is no such object. */
async function verifyPart(key: string, verify: () => Promise<number | undefined>): Promise<number | Finding> {
  try {
    return await verify() ?? missing(key)
  } catch (error) {
    if (isFault(error, 'format')) return { kind: 'differs', key, message: error.message, ...(error.info.offset === undefined ? {} : { offset: error.info.offset }) }
    if (isFault(error, 'storage') && error.info.reason === 'no-key') return missing(key)
    throw error
  }
}

function missing(key: string): Finding {
  return { kind: 'missing', key, message: `${JSON.stringify(key)} is missing` }
}

async function verifyData({ store, verifier, signal }: Verifying, file: PlannedFile, size: number): Promise<number> {
  verifier.checkSize(file.key, size, file.size)
  const windows = new StoredWindows({ store, key: file.key, size, signal })
  try {
    await verifier.verifyObject(file, { size, end: size, found: (offset, length) => windows.at(offset, length), signal })
    return size
  } finally {
    await windows.close()
  }
}

async function verifyBeside({ store, verifier, signal }: Verifying, companion: Companion): Promise<number> {
  const { key, bytes: { length } } = companion
  const { size } = await store.head(key, { signal })
  verifier.checkSize(key, size, length)
  const bytes = new Uint8Array(length)
  if (length > 0) await store.read(key, { offset: 0, length }, bytes, { signal, whole: true })
  verifier.verifyCompanion(companion, bytes)
  return length
}
