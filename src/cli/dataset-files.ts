// The files of a run's sets: from the index file where there is one and it still holds, else from a listing, which then becomes one.

import { checkIndex } from '../dataset/index-check.ts'
import type { IndexedSetFacts, IndexIdentity } from '../dataset/index-contents.ts'
import { openIndex, writeIndex, type IndexedSet, type OpenIndex } from '../dataset/index-file.ts'
import { listFiles } from '../dataset/listing.ts'
import { numFilesOf, numSubfoldersOf, type DataSetName } from '../dataset/names.ts'
import type { DatasetSettings } from '../dataset/settings.ts'
import { phasesOf } from '../workload/derive.ts'
import { Fault } from '../util/fault.ts'
import { datasetSettings } from './plans.ts'
import type { Session } from './session.ts'

/** Listings under way at once: a listing is a chain of pages, each naming the next, so several chains are needed for speed. */
const listingRanges = 8

export interface FoundSets {
  readonly sets: readonly IndexedSet[]
  /** What became of the index file. Absent without one. */
  readonly index?: 'used' | 'written'
}

interface Wanted {
  readonly file: string | undefined
  readonly layout: DatasetSettings
  readonly names: readonly DataSetName[]
  readonly identity: IndexIdentity
}

function wantedOf({ request: { loaded: { workload }, flags }, target }: Session): Wanted {
  const layout = datasetSettings(workload, target.prefix, flags.seed)
  const { format, extension, numSamplesPerFile, numFilesEval } = layout
  const { train, evaluate } = phasesOf(workload)
  // A run that only generates writes both sets.
  const hasEval = train ? evaluate : numFilesEval > 0
  return {
    file: flags.index ?? workload.storage.storageOptions.indexFile, layout,
    names: hasEval ? ['train', 'valid'] : ['train'],
    identity: { location: target.uri, format, extension, numSamplesPerFile },
  }
}

/** To be called before anything is written or read. @throws {Fault} 'usage' when the index file cannot be this run's. */
export async function checkIndexFile(session: Session): Promise<void> {
  await (await openFitting(wantedOf(session)))?.close()
}

/** For a run that only generates: an index of what is there then. Nothing where no index file is named. */
export async function renewIndex(session: Session, isChanged: boolean): Promise<void> {
  if (wantedOf(session).file !== undefined) await findSets(session, isChanged)
}

/** `isChanged`: objects were written in this run, so that an index from before no longer holds. */
export async function findSets(session: Session, isChanged: boolean): Promise<FoundSets> {
  const wanted = wantedOf(session)
  const { file } = wanted
  const index = isChanged ? undefined : await openFitting(wanted)
  if (index) {
    try {
      return { sets: await readSets(session, wanted, index), index: 'used' }
    } finally {
      await index.close()
    }
  }
  const sets: IndexedSet[] = []
  for (const name of wanted.names) sets.push(await listSet(session, wanted.layout, name))
  if (file === undefined) return { sets }
  await writeIndex(file, { identity: wanted.identity, sets }, { created: new Date(session.clock.wallMilliseconds()).toISOString(), signal: session.controller.signal })
  session.request.voice.detail(`the listing is kept in the index ${file}`)
  return { sets, index: 'written' }
}

async function listSet({ store, controller: { signal } }: Session, layout: DatasetSettings, set: DataSetName): Promise<IndexedSet> {
  const { table, bytes, warnings, lastKey, isSubset } = await listFiles(store, { layout, set, numSamplesPerFile: layout.numSamplesPerFile, signal, concurrency: listingRanges })
  return { set, numFiles: table.numFiles, numSubfolders: numSubfoldersOf(layout, set), table, bytes, warnings, lastKey, isSubset }
}

async function readSets({ request: { loaded: { workload }, voice }, store, controller: { signal } }: Session, { layout, names, file }: Wanted, index: OpenIndex): Promise<IndexedSet[]> {
  const sets: IndexedSet[] = []
  for (const facts of index.contents.sets.filter(({ set }) => names.includes(set))) {
    const indexed = { ...facts, table: await index.table(facts) }
    await checkIndex(store, indexed, { file: file!, layout, seed: workload.train.seed, signal })
    sets.push(indexed)
  }
  voice.detail(`the files are those of the index ${file!} of ${index.contents.created}: not listed, but a sample of them looked at`)
  return sets
}

/** The index in the file, if there is one. @throws {Fault} 'usage' when it is of another data set. */
async function openFitting({ file, layout, names, identity }: Wanted): Promise<OpenIndex | undefined> {
  const index = file === undefined ? undefined : await openIndex(file)
  if (!index) return undefined
  const differences = [
    ...(Object.keys(identity) as (keyof IndexIdentity)[]).map((name) => differenceOf(words[name], index.contents.identity[name], identity[name])),
    ...names.flatMap((name) => setDifferences(index.contents.sets.find(({ set }) => set === name), layout, name)),
  ].filter((difference) => difference !== undefined)
  if (differences.length === 0) return index
  await index.close()
  throw new Fault('usage', `the index ${file!} is of another data set: ${differences.join('; ')}`, {
    info: { file: file! }, hint: 'name another file with --index FILE, or delete this one to have it written anew from a listing',
  })
}

const words: Readonly<Record<keyof IndexIdentity, string>> = { location: 'the data set', format: 'dataset.format', extension: 'the extension', numSamplesPerFile: 'num_samples_per_file' }

function differenceOf(name: string, there: string | number, here: string | number): string | undefined {
  return there === here ? undefined : `${name} is ${there} there and ${here} here`
}

function setDifferences(facts: IndexedSetFacts | undefined, layout: DatasetSettings, set: DataSetName): (string | undefined)[] {
  const word = set === 'train' ? 'train' : 'eval'
  if (!facts) return [`it has no ${word} set`]
  return [
    differenceOf(`num_files_${word}`, facts.numFiles, numFilesOf(layout, set)),
    differenceOf(`num_subfolders_${word}`, facts.numSubfolders, numSubfoldersOf(layout, set)),
  ]
}
