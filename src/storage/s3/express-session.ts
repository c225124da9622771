// Sessions with directory buckets: keys for one bucket and five minutes, which requests are signed with instead of the user's own.
// Source: "Authorizing Zonal endpoint API operations with CreateSession", Amazon S3 User Guide, and CreateSession, Amazon S3 API Reference.

import { systemClock } from '../../util/clock.ts'
import { isFault } from '../../util/fault.ts'
import { nanosecondsPerMillisecond } from '../../util/units.ts'
import { storageFault } from '../faults.ts'
import type { Credentials } from '../spec.ts'
import type { Answer, Header } from './exchange.ts'
import type { S3Request } from './requests.ts'
import { Signer } from './sigv4.ts'
import { textOf } from './xml.ts'

/** What a request is signed with. */
export interface Keys {
  readonly signer: Signer
  /** Sent along, and signed. Absent: keys without a token. */
  readonly token: Header | undefined
}

/** How long a session lasts where the store does not tell. Milliseconds. */
const usualLifetime = 5 * 60_000
/** For requests under way to arrive. Milliseconds, or a tenth of what is shorter. */
const longestMargin = 10_000
/** Between two questions while the session before is still good. Milliseconds. */
const pause = 2000

export interface SessionKeys {
  readonly credentials: Credentials
  /** Milliseconds from when it was made. */
  readonly lifetime: number
}

export class ExpressSession {
  keys: Keys | undefined
  readonly #region: string
  readonly #ask: () => Promise<SessionKeys>
  readonly #now: () => number
  #renewsAt = 0
  #endsAt = 0
  #asking: Promise<void> | undefined

  /** `now`: milliseconds of a clock that is never set. */
  constructor(region: string, ask: () => Promise<SessionKeys>, now: () => number = () => systemClock.now() / nanosecondsPerMillisecond) {
    this.#region = region
    this.#ask = ask
    this.#now = now
  }

  /** What to wait for before `keys` may be used; undefined when they may at once. A session in its last fifth is renewed meanwhile. */
  ready(): Promise<void> | undefined {
    const now = this.#now()
    if (now < this.#renewsAt && now < this.#endsAt) return undefined
    if (!this.#asking) {
      this.#asking = this.#renew(now).finally(() => { this.#asking = undefined })
      // Who can go on with the session before does not listen.
      this.#asking.catch(() => {})
    }
    return now < this.#endsAt ? undefined : this.#asking
  }

  async #renew(asked: number): Promise<void> {
    try {
      const { credentials, lifetime } = await this.#ask()
      this.#endsAt = asked + lifetime - Math.min(longestMargin, lifetime / 10)
      this.#renewsAt = asked + lifetime * 0.8
      this.keys = { signer: new Signer(credentials, this.#region, 's3express'), token: ['x-amz-s3session-token', credentials.sessionToken ?? ''] }
    } catch (error) {
      this.#renewsAt = this.#now() + pause
      throw error
    }
  }
}

/** Asks `send` for a session with `bucket`. Its end is told by the store's clock, and so is now. @throws {Fault} */
export async function createSession(bucket: string, send: (request: S3Request) => Promise<Answer>): Promise<SessionKeys> {
  const answer = await send({ operation: 'create', method: 'GET', query: 'session=', usesOwnKeys: true }).catch((error: unknown) => { throw refused(error, bucket) })
  const xml = new TextDecoder().decode(answer.body)
  const accessKeyId = textOf(xml, 'AccessKeyId'), secretAccessKey = textOf(xml, 'SecretAccessKey'), sessionToken = textOf(xml, 'SessionToken')
  const left = Date.parse(textOf(xml, 'Expiration') ?? '') - Date.parse(answer.head.headers.get('date') ?? '')
  if (!accessKeyId || !secretAccessKey || !sessionToken) {
    throw storageFault('protocol', `${bucket} was asked for a session and gave none`, { operation: 'create', bucket }, { hint: 'the name is one of a directory bucket (S3 Express), which this endpoint does not seem to have' })
  }
  return { credentials: { accessKeyId, secretAccessKey, sessionToken }, lifetime: left > 0 ? Math.min(left, usualLifetime) : usualLifetime }
}

function refused(error: unknown, bucket: string): unknown {
  if (!isFault(error, 'storage') || error.info.status === undefined) return error
  const { reason, ...info } = error.info
  const hint = reason === 'denied' ? `the credentials need s3express:CreateSession on the directory bucket ${bucket}` : error.hint
  return storageFault(reason, error.message.replace(/^cannot create /, 'cannot begin a session with '), { ...info, operation: 'create' }, { ...(hint === undefined ? {} : { hint }), cause: error.cause })
}
