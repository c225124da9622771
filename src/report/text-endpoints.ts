// What was asked for besides: what each of several endpoints did, and what became of checksums and bytes that were held against something.

import type { EndpointFigures, RunEnd } from '../metrics/events.ts'
import { counted, countText } from '../metrics/wording.ts'
import { formatBytes, formatSeconds } from '../util/units.ts'
import { paragraph } from './text-layout.ts'

export function endpointLines(endpoints: readonly EndpointFigures[] | undefined): readonly string[] {
  return (endpoints ?? []).flatMap(({ endpoint, requests, bytes, errors }, i) => paragraph(i === 0 ? 'Endpoints' : '', `${endpoint}: ${counted(requests, 'request')} · ${formatBytes(bytes)} · ${countText(errors)} failed`))
}

export function checkLine(checks: RunEnd['readChecks'] | undefined): readonly string[] {
  if (!checks) return []
  const none = checks.unchecked === 0 ? '' : ` · ${countText(checks.unchecked)} of ranges, or of objects without one of the whole, so not checked`
  return paragraph('Checksums', `${counted(checks.checked, 'read')} held against the store's${none}`)
}

export function verifiedLine(verified: RunEnd['verified'] | undefined): readonly string[] {
  if (!verified) return []
  return paragraph('Verified', `${formatBytes(verified.bytes)}, each byte what the generator writes · ${formatSeconds(verified.seconds)} of the threads' time`)
}
