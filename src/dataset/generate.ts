// Generates a data set on a store: what is missing is written, what is there is kept, what is not ours is never touched.

import type { Format } from '../format/format.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { UploadPlan } from '../storage/upload-plan.ts'
import { systemClock, type Clock } from '../util/clock.ts'
import { Fault, isFault, throwIfAborted } from '../util/fault.ts'
import { manifestDifferences, manifestKey, manifestText, newManifest, readManifest, type Manifest } from './manifest.ts'
import { GenerationPlan, type Shard } from './plan.ts'
import type { DatasetSettings } from './settings.ts'
import { fileStates, survey, type Survey } from './survey.ts'
import { checkLargest } from './upload.ts'
import { inlineWriter, type FileWriter } from './write-files.ts'

export interface GenerateProgress {
  /** Files of this shard that are there now, kept ones included, of `objectsTotal`; objectsDone − objectsWritten were kept. */
  readonly objectsDone: number
  readonly objectsTotal: number
  readonly objectsWritten: number
  readonly bytesWritten: number
}

export interface GenerateOptions {
  readonly store: ObjectStore
  readonly settings: DatasetSettings
  readonly format: Format
  /** Of dlio-s3, for the manifest. */
  readonly version: string
  /** Bytes of objects in memory at once. */
  readonly memoryLimit: number
  /** How the store takes objects. Absent: as one with the defaults does. */
  readonly uploadPlan?: UploadPlan
  /** Objects in flight at once; at least one. */
  readonly uploads: number
  /** Take objects that are there without a manifest of ours as they are, if their names and sizes are right. */
  readonly adopt?: boolean | undefined
  /** Make the bucket or directory if it is not there; without, that is the store's Fault. */
  readonly createContainer?: boolean | undefined
  /** The part of the files that this host writes; all of them unless told. */
  readonly shard?: Shard | undefined
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  /** Who writes the files; this thread unless told. Another one heeds `memoryLimit` and `uploads` by itself. */
  readonly writer?: FileWriter | undefined
  /** Told before the first file is written and whenever some have been: what was told last holds when generation fails or is stopped, too. */
  readonly onProgress?: ((progress: GenerateProgress) => void) | undefined
}

export interface GenerateResult {
  /** Of this shard: objectsWritten + objectsKept = objectsTotal. The manifest is not counted. */
  readonly objectsTotal: number
  readonly objectsWritten: number
  readonly objectsKept: number
  readonly bytesWritten: number
  /** Whether objects that were there before were taken as they were. */
  readonly adopted: boolean
}

/**
 * @throws {Fault} 'usage' when the folder holds something else, or an object cannot go in one PUT as asked, before anything is written; 'aborted' and 'storage' with
 * the number of objects written until then in the message. What was written stays, and the next call goes on from there.
 */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const { store, settings, format, signal } = options
  throwIfAborted(signal)
  const plan = new GenerationPlan(settings, format)
  const found = await surveyOrCreate(options, plan)
  if (options.uploadPlan && found.numPresent < plan.numFiles) checkLargest(plan.largest(), options)
  // Read after the listing: another host may have begun in between, and it writes the manifest before any file.
  const there = await readManifest(store, settings.prefix, { signal })
  const manifest = await agree(options, there, found)
  if (!there) {
    await store.write(manifestKey(settings.prefix), Buffer.from(manifestText(manifest)), { signal })
  }
  return { ...await writeMissing(options, plan, found.states), adopted: manifest.adopted }
}

async function surveyOrCreate({ store, createContainer = false, signal }: GenerateOptions, plan: GenerationPlan): Promise<Survey> {
  try {
    return await survey(store, plan, signal)
  } catch (error) {
    if (!createContainer || !isFault(error, 'storage') || error.info.reason !== 'no-bucket') throw error
    await store.createContainer({ signal })
    return await survey(store, plan, signal)
  }
}

/** The manifest that holds from here on, or the Fault that says why nothing may be written. */
async function agree({ store, settings, version, adopt = false, clock = systemClock }: GenerateOptions, there: Manifest | undefined, found: Survey): Promise<Manifest> {
  const folder = `"${settings.prefix}" in ${store.name}`
  const created = new Date(clock.wallMilliseconds()).toISOString()
  const numObjects = found.numPresent + found.numOtherSize + found.numForeign
  const asked = newManifest(settings, { version, created, adopted: numObjects > 0 })
  if (there) {
    const differences = manifestDifferences(there, asked)
    if (differences.length > 0) throw otherDataSet(folder, differences)
  } else if (numObjects > 0 && !adopt) {
    throw new Fault('usage', `${folder} holds ${numObjects} objects that dlio-s3 did not write, such as "${found.exampleForeign || found.exampleOtherSize || 'files of these names'}"`, {
      info: { key: 'workload.dataset.data_folder' },
      hint: 'Use another workload.dataset.data_folder, or add --adopt to keep what is there and write only the files that are missing.',
    })
  }
  if (found.numOtherSize > 0 && (there ?? asked).adopted) {
    throw new Fault('usage', `${found.numOtherSize} objects in ${folder} have the names but not the sizes of this data set's files, such as "${found.exampleOtherSize}"`, {
      info: { key: 'workload.dataset.data_folder' },
      hint: 'They may not be ours, so they are not overwritten: use another workload.dataset.data_folder, or the parameters they were made with.',
    })
  }
  return there ?? asked
}

function otherDataSet(folder: string, differences: ReturnType<typeof manifestDifferences>): Fault {
  const list = differences.map(({ name, there, asked }) => `${name} is ${there} there and ${asked} here`).join('; ')
  const grows = differences.some(({ name }) => name.startsWith('num_files_'))
  return new Fault('usage', `${folder} holds another data set: ${list}`, {
    info: { key: 'workload.dataset.data_folder' },
    hint: `Use another workload.dataset.data_folder, or remove the data set that is there.${grows ? ' It cannot grow: the number of files is part of every file name.' : ''}`,
  })
}

async function writeMissing(options: GenerateOptions, plan: GenerationPlan, states: Uint8Array): Promise<Omit<GenerateResult, 'adopted'>> {
  const { shard = { rank: 0, worldSize: 1 }, signal, onProgress, writer = inlineWriter(options) } = options
  const { objectsTotal, objectsKept } = shardCounts(states, shard)
  let objectsWritten = 0, bytesWritten = 0
  const tell = (): void => { onProgress?.({ objectsDone: objectsKept + objectsWritten, objectsTotal, objectsWritten, bytesWritten }) }
  tell()
  try {
    await writer({
      plan, states, shard, signal,
      onWritten: ({ objects, bytes }) => {
        objectsWritten += objects
        bytesWritten += bytes
        tell()
      },
    })
  } catch (error) {
    throw withCount(error, objectsWritten, objectsTotal - objectsKept)
  }
  return { objectsTotal, objectsWritten, objectsKept, bytesWritten }
}

/** How many files the shard has, and how many of them are there. */
function shardCounts(states: Uint8Array, { rank, worldSize }: Shard): { objectsTotal: number; objectsKept: number } {
  let objectsTotal = 0, objectsKept = 0
  for (let index = rank; index < states.length; index += worldSize) {
    objectsTotal++
    if (states[index] === fileStates.present) objectsKept++
  }
  return { objectsTotal, objectsKept }
}

/** The Fault, saying how far it went. */
function withCount(error: unknown, written: number, wanted: number): unknown {
  if (!isFault(error)) return error
  return new Fault(error.code, `${error.message} after ${written} of ${wanted} objects were written`, {
    info: error.info, hint: error.hint ?? 'Run it again to write the rest.', cause: error,
  })
}
