// What becomes of an object that the store confirmed and that is not what was sent: whoever comes next would take it for good.

import { isFault } from '../util/fault.ts'
import type { Confirmed } from './s3/completion.ts'
import type { ObjectMeta } from './store.ts'
import { leaving, parting, removed } from './upload-end.ts'

/** Where it was written. */
export interface Place {
  readonly look: (signal: AbortSignal | undefined) => Promise<ObjectMeta>
  /** That version for good, or, without one, what is there. */
  readonly remove: (version: string | undefined, limit: AbortSignal) => Promise<unknown>
}

/** Who may write and not read sees nothing. */
export type Found = ObjectMeta | 'absent' | 'unseen'

/** What a failed look tells. @throws what tells nothing */
export function absence(error: unknown): 'absent' | 'unseen' {
  if (isFault(error, 'credentials')) return 'unseen'
  if (isFault(error, 'storage') && error.info.reason === 'denied') return 'unseen'
  if (isFault(error, 'storage') && error.info.reason === 'no-key') return 'absent'
  throw error
}

/** Removes the object where it surely is the one that was confirmed: by its version, else by its ETag. Resolves to what became of it, for people. */
export async function withdraw(confirmed: Confirmed, found: Found, { remove }: Pick<Place, 'remove'>): Promise<string> {
  const { etag } = confirmed
  const version = ownVersion(confirmed)
  const isOurs = version !== undefined || (typeof found === 'object' && found.etag === etag)
  if (isOurs && await removed((limit) => remove(version, limit))) return 'it was removed'
  return found === 'absent' ? 'nothing of it is left' : 'what there is was left: look at it, and delete it'
}

/** Where versions are suspended all writes make the same one. */
function ownVersion({ version }: Confirmed): string | undefined {
  return version === 'null' ? undefined : version
}

/** Runs `check` of what the store said of an object; a Fault of it says what became of that object. */
export async function withdrawing(confirmed: Confirmed, check: () => void, place: Place): Promise<void> {
  try {
    check()
  } catch (error) {
    const found: Found = ownVersion(confirmed) === undefined ? await place.look(AbortSignal.timeout(parting)).catch(absence).catch(() => 'unseen' as const) : 'unseen'
    throw leaving(error, await withdraw(confirmed, found, place))
  }
}
