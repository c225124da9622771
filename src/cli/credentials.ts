// What a command says about its credentials and its connection, and the renewal of the former while it works.

import { BoardReader } from '../storage/credentials-board.ts'
import { isoTime, keepFresh, type Renewal } from '../storage/credentials-renewal.ts'
import { systemClock } from '../util/clock.ts'
import { Fault, isFault } from '../util/fault.ts'
import type { Voice } from './session.ts'

/** Where the keys came from, and when they end. */
export function tellCredentials({ credentialsFrom, renewal }: { readonly credentialsFrom?: string; readonly renewal?: Renewal }, voice: Pick<Voice, 'detail'>): void {
  if (credentialsFrom === undefined) return
  voice.detail(`credentials from ${credentialsFrom}${renewal ? `; they expire at ${isoTime(renewal.expiresAtMilliseconds)} and are renewed before` : ''}`)
}

/** Credentials that are kept fresh while a command works. */
export interface Renewing {
  readonly stop: () => Promise<void>
  /** `error`, with the reason why there were no new keys where the store refused the old ones. */
  readonly explain: (error: unknown) => unknown
}

/** Renews until stopped. `note` is told what went wrong, for the results. */
export function renewDuring(renewal: Renewal, voice: Pick<Voice, 'detail' | 'warn'>, note: (text: string) => void = () => {}): Renewing {
  let trouble: string | undefined
  const reader = new BoardReader(renewal.board)
  const unrenewed = (): string | undefined => {
    const end = reader.renewed()?.expiresAtMilliseconds ?? Infinity
    return end > systemClock.wallMilliseconds() ? undefined : `the credentials expired at ${isoTime(end)}, and new ones had been asked for but were not there yet`
  }
  const keeper = keepFresh(renewal, {
    renewed: (text) => {
      trouble = undefined
      voice.detail(text)
    },
    failed: (text) => {
      trouble = text
      voice.warn(text)
      note(text)
    },
  }, systemClock)
  return {
    stop: () => keeper.stop(),
    explain: (error) => {
      if (!isFault(error, 'credentials')) return error
      const why = trouble ?? unrenewed()
      if (why === undefined) return error
      return new Fault('credentials', `${error.message}; ${why}`, { info: error.info, hint: 'log in again, or look at what gives the credentials out: it has to have new ones in time', cause: error.cause })
    },
  }
}

/** Loud: whoever sits between may then read the data, and the session token, and change both. */
export function warnInsecure(isInsecure: boolean | undefined, warn: (text: string) => void): void {
  if (isInsecure) warn('--insecure: TLS certificates are NOT checked, so anybody between here and the store may read and change everything; name the authority with --ca-file instead')
}
