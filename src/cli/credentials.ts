// What a command says about its credentials and its connection, and the renewal of the former while it works.

import { isoTime, keepFresh, type Renewal } from '../storage/credentials-renewal.ts'
import { systemClock } from '../util/clock.ts'
import type { Voice } from './session.ts'

/** Where the keys came from, and when they end. */
export function tellCredentials({ credentialsFrom, renewal }: { readonly credentialsFrom?: string; readonly renewal?: Renewal }, voice: Pick<Voice, 'detail'>): void {
  if (credentialsFrom === undefined) return
  voice.detail(`credentials from ${credentialsFrom}${renewal ? `; they expire at ${isoTime(renewal.expiresAtMilliseconds)} and are renewed before` : ''}`)
}

/** Renews until what is returned is called. `note` is told what went wrong, for the results. */
export function renewDuring(renewal: Renewal, voice: Pick<Voice, 'detail' | 'warn'>, note: (text: string) => void = () => {}): () => Promise<void> {
  const keeper = keepFresh(renewal, {
    renewed: (text) => { voice.detail(text) },
    failed: (text) => {
      voice.warn(text)
      note(text)
    },
  }, systemClock)
  return () => keeper.stop()
}

/** Loud: whoever sits between may then read the data, and the session token, and change both. */
export function warnInsecure(isInsecure: boolean | undefined, warn: (text: string) => void): void {
  if (isInsecure) warn('--insecure: TLS certificates are NOT checked, so anybody between here and the store may read and change everything; name the authority with --ca-file instead')
}
