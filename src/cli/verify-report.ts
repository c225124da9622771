// What `verify` says: a report for people, or the document of --json.

import { contractKeys, retryKeys, type ContractKey, type ContractSummary } from '../metrics/contract.ts'
import { counted, countText } from '../metrics/wording.ts'
import { resultSchema } from '../report/json.ts'
import { paragraph } from '../report/text-layout.ts'
import { isFault, toFailure } from '../util/fault.ts'
import { retriesText } from '../util/retry-counts.ts'
import { formatBytes, formatSeconds } from '../util/units.ts'
import { commandText } from './command-text.ts'
import type { VerifyOutcome, VerifyPlan } from './verify-run.ts'
import { version } from './version.ts'

/** Findings that are shown to people. */
const shownFindings = 10

const words = {
  generated: 'the manifest says that dlio-s3 wrote it', adopted: 'by its manifest some of it was there before', unknown: 'no manifest',
} as const

function statusOf({ error }: VerifyOutcome): 'complete' | 'interrupted' | 'failed' {
  return error === undefined ? 'complete' : isFault(error, 'aborted') ? 'interrupted' : 'failed'
}

export function verifyText({ target, seed, loaded }: VerifyPlan, outcome: VerifyOutcome): string {
  const { numFiles, numVerified, numDiffering, numMissing, numForeign, exampleForeign, findings, numFindings, bytes, counts, provenance } = outcome
  const isJudged = numVerified + numDiffering + numMissing === numFiles && provenance !== undefined
  const verdict = { complete: 'VERIFIED', interrupted: 'PARTIAL', failed: numDiffering + numMissing > 0 ? 'DAMAGED' : 'FAILED' }[statusOf(outcome)]
  const causes = retriesText(counts.retriesBy ?? {})
  const shown = findings.slice(0, shownFindings)
  return [
    ...paragraph(verdict, `${loaded.name} on ${target.uri} · ${formatSeconds(outcome.seconds)}`),
    ...paragraph('', `${numVerified} of ${counted(numFiles, 'object')} as generated, ${formatBytes(bytes)} · ${countText(numDiffering)} damaged · ${countText(numMissing)} missing${isJudged ? '' : ' · the others were not looked at'}`),
    ...shown.flatMap(({ message }) => paragraph('         !', message)),
    ...(numFindings > shown.length ? paragraph('', `… and ${countText(numFindings - shown.length)} more`) : []),
    ...(numForeign === 0 ? [] : paragraph('Others', `${counted(numForeign, 'object')} in its folders that it has no file for, such as ${JSON.stringify(exampleForeign)}: not looked at`)),
    ...paragraph('Requests', `${counted(counts.requests, 'request')} · ${counted(counts.retries, 'retry', 'retries')}${causes === '' ? '' : ` (${causes})`} · ${countText(counts.errors)} failed`),
    ...paragraph('Setup', [`seed ${seed}`, ...(provenance === undefined ? [] : [words[provenance]]), counted(outcome.threads, 'thread'), `dlio-s3 ${version}`].join(' · ')),
    '',
  ].join('\n')
}

function summaryOf({ seconds, bytes, counts, provenance }: VerifyOutcome): ContractSummary {
  const usage = process.cpuUsage()
  const values: Partial<Record<ContractKey, number | undefined>> = {
    elapsed_seconds: seconds, requests: counts.requests, retries: counts.retries, errors: counts.errors, ...retryKeys(counts.retriesBy ?? {}),
    bytes_verified: provenance === undefined ? undefined : bytes, client_cpu_seconds: (usage.user + usage.system) / 1e6, peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  }
  return Object.fromEntries(contractKeys.flatMap((key) => values[key] === undefined ? [] : [[key, values[key]]]))
}

export function verifyDocument({ target, seed, loaded }: VerifyPlan, outcome: VerifyOutcome): string {
  const status = statusOf(outcome)
  const failure = status === 'failed' ? toFailure(outcome.error) : undefined
  return `${JSON.stringify({
    schema: resultSchema, status, command: commandText(), summary: summaryOf(outcome), version,
    workload: { name: loaded.name, target: target.uri, endpoint: target.endpoint, format: loaded.workload.dataset.format },
    verify: {
      seed, manifest: outcome.provenance, objects: outcome.numFiles, objects_verified: outcome.numVerified, objects_damaged: outcome.numDiffering, objects_missing: outcome.numMissing,
      objects_foreign: outcome.numForeign, findings: outcome.numFindings, first_findings: outcome.findings, threads: outcome.threads,
    },
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint, info: failure.info },
  }, undefined, 2)}\n`
}
