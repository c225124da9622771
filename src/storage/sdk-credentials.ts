// The keys as the AWS SDK takes them: a function that it asks again and again, from five minutes before the end of what it has.

import { BoardReader, type CredentialsBoard } from './credentials-board.ts'
import type { Credentials } from './spec.ts'

type SdkCredentials = Credentials & { readonly expiration?: Date }

export type SdkKeys = SdkCredentials | (() => Promise<SdkCredentials>)

export function currentKeys(first: Credentials, renewed: CredentialsBoard | undefined): SdkKeys {
  if (!renewed) return first
  const reader = new BoardReader(renewed)
  let current = first
  return async () => {
    current = reader.renewed() ?? current
    const { expiresAtMilliseconds } = current
    return expiresAtMilliseconds === undefined ? current : { ...current, expiration: new Date(expiresAtMilliseconds) }
  }
}
