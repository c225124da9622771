// --verify: whether the bytes of this data set can be told beforehand, and what its manifest says of it.

import { manifestDifferences, newManifest, readManifest } from '../dataset/manifest.ts'
import { GenerationPlan } from '../dataset/plan.ts'
import type { DatasetSettings } from '../dataset/settings.ts'
import { type Provenance, type Verification, type VerifyCounts, verifyCountsOf } from '../dataset/verifier.ts'
import { isPluginUrl } from '../format/plugin.ts'
import { loadFormat, type FormatSource } from '../format/index.ts'
import type { ObjectStore } from '../storage/store.ts'
import { Fault } from '../util/fault.ts'
import { toSeconds } from '../util/units.ts'
import type { LoadedWorkload } from '../workload/load.ts'
import { datasetSettings, formatOf } from './plans.ts'
import type { Voice } from './session.ts'
import { version } from './version.ts'

/** Before anything is started. @throws {Fault} 'usage' when nobody can tell the bytes of such a data set. */
export async function checkVerifiable(loaded: LoadedWorkload, seed: number): Promise<void> {
  const source = formatOf(loaded)
  refusePlugin(source)
  // Refuses what the format cannot write: then somebody else has written it.
  void new GenerationPlan(datasetSettings(loaded.workload, '', seed), await loadFormat(source)).largest()?.size
}

function refusePlugin(source: FormatSource): void {
  if (!isPluginUrl(source)) return
  throw new Fault('usage', `nothing tells whether ${source} writes the same bytes each time, so what it wrote cannot be verified`, {
    info: { key: 'reader.reader_classname' }, hint: 'leave the verification out; formats of this program can all be verified',
  })
}

export interface VerifyTarget {
  readonly store: ObjectStore
  readonly settings: DatasetSettings
  readonly counts: VerifyCounts
  readonly signal: AbortSignal
  readonly voice: Pick<Voice, 'warn'>
}

/** @throws {Fault} 'usage' when the manifest says that the data set is another one than this workload's. */
export async function verificationOf({ store, settings, counts, signal, voice }: VerifyTarget): Promise<Verification> {
  const there = await readManifest(store, settings.prefix, { signal })
  const where = `"${settings.prefix}" in ${store.name}`
  const differences = there ? manifestDifferences(there, newManifest(settings, { version, created: '', adopted: false })) : []
  if (differences.length > 0) {
    const seed = there?.settings.seed
    throw new Fault('usage', `${where} holds another data set, so its bytes are others: ${differences.map(({ name, there: theirs, asked }) => `${name} is ${theirs} there and ${asked} here`).join('; ')}`, {
      info: { key: 'workload.dataset.data_folder' },
      hint: seed !== undefined && seed !== settings.seed ? `it was generated with --seed ${seed}` : 'use the parameters that it was generated with, or another workload.dataset.data_folder',
    })
  }
  const provenance: Provenance = there === undefined ? 'unknown' : there.adopted ? 'adopted' : 'generated'
  if (provenance === 'unknown') voice.warn(`${where} has no manifest: whether dlio-s3 wrote it with --seed ${settings.seed} and these settings only its bytes tell`)
  if (provenance === 'adopted') voice.warn(`some objects of ${where} were there before and were adopted: whether dlio-s3 wrote them only their bytes tell`)
  return { settings, provenance, counts }
}

/** For the result. */
export function verifiedFigures(counts: VerifyCounts): { readonly bytes: number; readonly seconds: number } {
  const { bytes, nanoseconds } = verifyCountsOf(counts)
  return { bytes, seconds: toSeconds(nanoseconds) }
}
