// A data set verified from its listing to the verdict, with what was found until then however it ends.

import os from 'node:os'
import { GenerationPlan } from '../dataset/plan.ts'
import { createVerifyCounts, differenceHint, type Provenance, type Verification } from '../dataset/verifier.ts'
import { storedSizes, type Finding, type VerifiedFile } from '../dataset/verify-files.ts'
import { loadFormat } from '../format/index.ts'
import { counted } from '../metrics/wording.ts'
import { openStore } from '../storage/index.ts'
import { countRequests, type RequestCounts } from '../storage/request-counts.ts'
import { systemClock } from '../util/clock.ts'
import { Fault } from '../util/fault.ts'
import { sumRetries } from '../util/retry-counts.ts'
import { formatBytes, formatSeconds, toSeconds } from '../util/units.ts'
import { verifyOnThreads } from '../worker/verify-threads.ts'
import type { LoadedWorkload } from '../workload/load.ts'
import { datasetSettings, formatOf } from './plans.ts'
import type { Voice } from './session.ts'
import type { Target } from './target.ts'
import { verificationOf } from './verification.ts'

/** Over all threads. Of each, up to 16 MiB are in memory. */
const objectsInFlight = 16
/** Findings that are kept; the others are counted. */
const maxFindings = 100

export interface VerifyPlan {
  readonly loaded: LoadedWorkload
  readonly target: Target
  readonly seed: number
  /** Absent: one a core. */
  readonly threads: number | undefined
  readonly signal: AbortSignal
  readonly voice: Voice
}

/** Counts of files leave out what lies beside them; bytes do not. */
export interface VerifyOutcome {
  seconds: number
  /** Absent until it is known. */
  provenance?: Provenance
  numFiles: number
  numVerified: number
  numDiffering: number
  numMissing: number
  numForeign: number
  exampleForeign: string
  bytes: number
  readonly findings: Finding[]
  numFindings: number
  readonly counts: RequestCounts
  threads: number
  /** What was found, or why the verdict is not complete. */
  error?: unknown
}

export async function verifyDataset(plan: VerifyPlan): Promise<VerifyOutcome> {
  const begin = systemClock.now()
  const outcome: VerifyOutcome = {
    seconds: 0, numFiles: 0, numVerified: 0, numDiffering: 0, numMissing: 0, numForeign: 0, exampleForeign: '', bytes: 0, findings: [], numFindings: 0,
    counts: { requests: 0, retries: 0, errors: 0 }, threads: 0,
  }
  try {
    const verification = await verifyAll(plan, outcome)
    outcome.error = verdictOf(plan, outcome, verification)
  } catch (error) {
    outcome.error = error
  }
  outcome.seconds = toSeconds(systemClock.now() - begin)
  return outcome
}

async function verifyAll({ loaded, target, seed, threads, signal, voice }: VerifyPlan, outcome: VerifyOutcome): Promise<Verification> {
  const settings = datasetSettings(loaded.workload, target.prefix, seed)
  const format = formatOf(loaded)
  const plan = new GenerationPlan(settings, await loadFormat(format))
  const store = await openStore(target.spec, countRequests(outcome.counts))
  try {
    const verification = await verificationOf({ store, settings, counts: createVerifyCounts(), signal, voice })
    outcome.provenance = verification.provenance
    const { sizes, numFound, numForeign, exampleForeign } = await storedSizes(store, plan, signal)
    Object.assign(outcome, { numFiles: plan.numFiles, numForeign, exampleForeign })
    if (numFound === 0 && plan.numFiles > 0) throw nothingThere(target, plan.numFiles)
    outcome.threads = Math.max(1, Math.min(threads ?? os.availableParallelism(), plan.numFiles))
    const begin = systemClock.now()
    await verifyOnThreads({
      store: target.spec, format, verification, sizes, threads: outcome.threads, objectsInFlight, signal,
      onFile: (file) => {
        note(outcome, file)
        voice.progress(() => progressText(outcome, toSeconds(systemClock.now() - begin)))
      },
      onCounts: (counts) => { addCounts(outcome.counts, counts) },
    })
    return verification
  } finally {
    await store.close()
  }
}

function note(outcome: VerifyOutcome, { bytes, findings }: VerifiedFile): void {
  outcome.bytes += bytes
  outcome.numFindings += findings.length
  outcome.findings.push(...findings.slice(0, maxFindings - outcome.findings.length))
  if (findings.length === 0) outcome.numVerified++
  else if (findings.some(({ kind }) => kind === 'differs')) outcome.numDiffering++
  else outcome.numMissing++
}

function addCounts(sum: RequestCounts, { requests, retries, errors, retriesBy }: RequestCounts): void {
  sum.requests += requests
  sum.retries += retries
  sum.errors += errors
  if (retriesBy) sum.retriesBy = sumRetries([sum.retriesBy, retriesBy])
}

function progressText({ numFiles, numVerified, numDiffering, numMissing, bytes }: VerifyOutcome, seconds: number): string {
  const wrong = numDiffering + numMissing
  return `phase=verify objects=${numVerified + wrong}/${numFiles} wrong=${wrong} bytes=${formatBytes(bytes)} rate=${formatBytes(bytes / Math.max(1e-9, seconds))}/s elapsed=${formatSeconds(seconds)}`
}

function nothingThere({ uri, prefix }: Target, wanted: number): Fault<'dataset'> {
  return new Fault('dataset', `${uri} holds none of the ${counted(wanted, 'object')} of this data set`, {
    info: { prefix, found: 0, wanted }, hint: 'check --target, workload.dataset.data_folder and the numbers of files, which are part of every name; or generate it first: dlio-s3 run … --generate',
  })
}

/** What is wrong with the data set, if anything is. */
function verdictOf({ target: { uri } }: VerifyPlan, { numFiles, numDiffering, numMissing, findings }: VerifyOutcome, verification: Verification): Fault | undefined {
  const first = findings.find(({ kind }) => kind === 'differs') ?? findings[0]
  if (first === undefined) return undefined
  const missing = numMissing === 0 ? '' : `${numMissing} missing`
  if (numDiffering === 0) {
    return new Fault('storage', `of the ${counted(numFiles, 'object')} of ${uri}, ${missing}: ${first.message}`, {
      info: { reason: 'no-key', operation: 'read', key: first.key }, hint: 'run it with --generate, which writes what is missing and keeps what is there',
    })
  }
  return new Fault('format', `of the ${counted(numFiles, 'object')} of ${uri}, ${numDiffering} damaged${missing === '' ? '' : `, ${missing}`}: ${first.message}`, {
    info: { reason: 'damaged', key: first.key, ...(first.offset === undefined ? {} : { offset: first.offset }) }, hint: differenceHint(verification),
  })
}
