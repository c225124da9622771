// Asks for new keys before the old ones expire, and again until there are some, while requests go on.

import type { Clock } from '../util/clock.ts'
import { createController } from '../util/cancel.ts'
import { isFault } from '../util/fault.ts'
import { fromSeconds } from '../util/units.ts'
import { post, type CredentialsBoard } from './credentials-board.ts'
import type { Credentials } from './spec.ts'

/** Keys that expire: where all threads find them, and how to get the next ones. */
export interface Renewal {
  readonly board: CredentialsBoard
  /** Of the keys that are on the board. Since 1970. */
  readonly expiresAtMilliseconds: number
  /** Searches as the first time. */
  readonly ask: () => Promise<Credentials>
}

type RenewalClock = Pick<Clock, 'wallMilliseconds' | 'sleep'>

export interface RenewalObserver {
  /** Sentences for people, without secrets. */
  readonly renewed: (text: string) => void
  readonly failed: (text: string) => void
}

/** New keys are asked for that long before the old ones expire, or a tenth of their time before: EC2 has them 5 minutes ahead. Seconds. */
const longestLead = 300
/** Between two questions when the first one brought nothing. Seconds. */
const pause = { shortest: 1, longest: 30 } as const
/** A timer of more days fires at once, and the wall clock may be set. Seconds. */
const longestSleep = 3600

/** Seconds from `now` until keys that were got now should be renewed. */
export function leadTime(remaining: number): number {
  return Math.min(longestLead, remaining / 10)
}

/** Renews until stopped. Never throws: keys that cannot be renewed are told of, and the store refuses them in its time. */
export function keepFresh(renewal: Renewal, observer: RenewalObserver, clock: RenewalClock): { stop(): Promise<void> } {
  const controller = createController()
  const running = renewUntil(controller.signal, renewal, observer, clock).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error
  })
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}

async function renewUntil(signal: AbortSignal, { board, ask, ...first }: Renewal, observer: RenewalObserver, clock: RenewalClock): Promise<void> {
  let expiresAt: number | undefined = first.expiresAtMilliseconds
  const left = (): number => (expiresAt! - clock.wallMilliseconds()) / 1000
  while (expiresAt !== undefined) {
    const lead = leadTime(left())
    while (left() > lead) await clock.sleep(fromSeconds(Math.min(longestSleep, left() - lead)), signal)
    let told = ''
    for (;;) {
      const outcome = await attempt(ask, expiresAt)
      if (signal.aborted) return
      if (typeof outcome !== 'string') {
        post(board, outcome)
        expiresAt = outcome.expiresAtMilliseconds
        observer.renewed(`the credentials were renewed${expiresAt === undefined ? '' : ` and now expire at ${isoTime(expiresAt)}`}`)
        break
      }
      const text = `the credentials ${left() > 0 ? 'expire' : 'expired'} at ${isoTime(expiresAt)} and could not be renewed yet: ${outcome}`
      if (text !== told) observer.failed(text)
      told = text
      await clock.sleep(fromSeconds(Math.min(pause.longest, Math.max(pause.shortest, left() / 10))), signal)
    }
  }
}

/** Newer credentials, or why there are none. */
async function attempt(ask: () => Promise<Credentials>, expiresAt: number): Promise<Credentials | string> {
  try {
    const found = await ask()
    const isNewer = found.expiresAtMilliseconds === undefined || found.expiresAtMilliseconds > expiresAt
    return isNewer ? found : 'the same ones were given again'
  } catch (error) {
    return (isFault(error) ? firstLine(error.cause) : undefined) ?? firstLine(error) ?? String(error)
  }
}

/** Lists of places that were looked at, as a Fault has them, are for the first search only. */
function firstLine(error: unknown): string | undefined {
  return error instanceof Error ? error.message.split('\n')[0] : undefined
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
