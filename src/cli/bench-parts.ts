// In how many requests each object of a bench is written or read: what was decided, not what was asked for. Sizes in bytes.

import { counted, countText } from '../metrics/wording.ts'
import { isParted } from '../storage/read-parts.ts'
import { planFor, uploadPlanOf } from '../storage/upload-plan.ts'
import { formatBytes } from '../util/units.ts'
import type { BenchFlags } from './bench-flags.ts'
import type { BenchOutcome } from './bench-run.ts'
import type { BenchPlan } from './bench-target.ts'

type Planned = Pick<BenchPlan, 'operation' | 'spec' | 'size' | 'parts'>
export type PartsOutcome = { readonly plan: Planned } & Pick<BenchOutcome, 'objects'>
type Reading = Pick<BenchFlags, 'range'>

/** Keys of the JSON document; none where each is one request, or where the objects are not known. */
export function partFigures({ plan, objects }: PartsOutcome, flags: Reading): { part_bytes?: number; parts_in_flight?: number; single_put?: boolean } {
  const { operation, spec, size, parts } = plan
  if (operation === 'get') return parts && partedOf(plan, objects, flags) > 0 ? { part_bytes: parts.partSize, parts_in_flight: parts.partsInFlight } : {}
  const { threshold, partSize, partsInFlight } = planFor(uploadPlanOf(spec), size)
  return size <= threshold ? { single_put: true } : { part_bytes: partSize, parts_in_flight: partsInFlight, single_put: false }
}

/** For the report; nothing where nobody asked how objects are read. */
export function partWords({ plan, objects }: PartsOutcome, flags: Reading): readonly string[] {
  const { operation, spec, size, parts } = plan
  if (operation === 'put') {
    const { threshold, partSize, partsInFlight } = planFor(uploadPlanOf(spec), size)
    return [size > threshold ? `multipart uploads in parts of ${formatBytes(partSize)}, ${partsInFlight} at a time` : 'each object in one PUT']
  }
  if (!parts || !objects) return []
  const what = flags.range === undefined ? 'object' : 'range', ranges = `ranges of ${formatBytes(parts.partSize)}, ${parts.partsInFlight} at a time`
  const parted = partedOf(plan, objects, flags), all = objects.sizes.length
  if (parted === 0) return [`each ${what} by one request${parts.partsInFlight > 1 ? `: none is larger than ${formatBytes(parts.partSize)}` : ''}`]
  return [parted === all ? `each ${what} in ${ranges}` : `${countText(parted)} of ${counted(all, 'object')} in ${ranges}, the others by one request`]
}

/** Objects of which a lane's request is several. */
function partedOf({ parts }: Planned, objects: PartsOutcome['objects'], { range = Infinity }: Reading): number {
  return objects ? objects.sizes.reduce((sum, size) => sum + (isParted(Math.min(size, range), parts) ? 1 : 0), 0) : 0
}
