// What each of several endpoints did, a line each.

import type { EndpointFigures } from '../metrics/events.ts'
import { counted, countText } from '../metrics/wording.ts'
import { formatBytes } from '../util/units.ts'
import { paragraph } from './text-layout.ts'

export function endpointLines(endpoints: readonly EndpointFigures[] | undefined): readonly string[] {
  return (endpoints ?? []).flatMap(({ endpoint, requests, bytes, errors }, i) => paragraph(i === 0 ? 'Endpoints' : '', `${endpoint}: ${counted(requests, 'request')} · ${formatBytes(bytes)} · ${countText(errors)} failed`))
}
