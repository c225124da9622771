// Directory buckets (S3 Express One Zone), as far as clients notice: their names, sessions, listings in no order, ETags that say nothing.
// Source: "Differences for directory buckets" and "Directory bucket naming rules", Amazon S3 User Guide; CreateSession, Amazon S3 API Reference.

import { randomBytes } from 'node:crypto'
import { crc32 } from '../util/crc.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { compareKeys, type KeyIndex } from './key-index.ts'
import { groupOf, type ListingPage, type ListingQuery } from './listing.ts'
import type { Operation } from './operation.ts'
import { isoTime, xmlResponse } from './operation.ts'
import type { S3Request } from './request.ts'
import { element, textElement } from './xml.ts'

export function isDirectoryBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*--[a-z0-9-]+--x-s3$/.test(name) && name.length <= 63
}

export interface Session {
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

const lifetimeMilliseconds = 5 * 60_000

export class Sessions {
  readonly #byId = new Map<string, Session>()

  create(bucket: string, now: number): Session {
    for (const [id, { expires }] of this.#byId) if (expires + lifetimeMilliseconds < now) this.#byId.delete(id)
    const session: Session = {
      bucket, expires: now + lifetimeMilliseconds,
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`, secretAccessKey: randomBytes(30).toString('base64'), sessionToken: randomBytes(90).toString('base64'),
    }
    this.#byId.set(session.accessKeyId, session)
    return session
  }

  /** @throws {S3Error} InvalidAccessKeyId, InvalidToken, ExpiredToken, AccessDenied */
  find(accessKeyId: string, token: string | undefined, { bucket, now }: { readonly bucket: string; readonly now: number }): Session {
    const session = this.#byId.get(accessKeyId)
    if (!session || token === undefined) throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } })
    if (session.sessionToken !== token) throw new S3Error('InvalidToken')
    if (session.expires <= now) throw new S3Error('ExpiredToken')
    if (session.bucket !== bucket) throw new S3Error('AccessDenied')
    return session
  }
}

export const createSession: Operation = {
  name: 'CreateSession', parameters: ['session'], body: false,
  run({ bucket, headers }, { buckets, sessions, now }) {
    const mode = headers.get('x-amz-create-session-mode') ?? 'ReadWrite'
    if (mode !== 'ReadWrite' && mode !== 'ReadOnly') throw invalidArgument('x-amz-create-session-mode', mode, 'The session mode must be ReadWrite or ReadOnly')
    if (mode === 'ReadOnly') throw new S3Error('NotImplemented', { fields: { Header: 'x-amz-create-session-mode' } })
    if (!isDirectoryBucketName(bucket)) throw new S3Error('InvalidRequest', { message: 'CreateSession is for directory buckets only.' })
    buckets.get(bucket)
    const { sessionToken, secretAccessKey, accessKeyId, expires } = sessions.create(bucket, now())
    return xmlResponse('CreateSessionResult', element('Credentials', textElement('SessionToken', sessionToken), textElement('SecretAccessKey', secretAccessKey), textElement('AccessKeyId', accessKeyId), textElement('Expiration', isoTime(expires))))
  },
}

/** Requests for a session, and those about the bucket itself, are signed with the user's own keys; HeadBucket is with either. */
export function usesSession({ bucket, key, method, query, headers }: Pick<S3Request, 'bucket' | 'key' | 'method' | 'query' | 'headers'>): boolean {
  if (!isDirectoryBucketName(bucket)) return false
  if (key === '' && method === 'HEAD') return headers.has('x-amz-s3session-token')
  return key !== '' || !(method === 'PUT' || method === 'DELETE' || query.parameters.has('session'))
}

/** The ETag of what has this one elsewhere: in a directory bucket it is random, alphanumeric, and no MD5. */
export function etagIn(bucket: string, etag: string): string {
  return isDirectoryBucketName(bucket) ? randomBytes(16).toString('base64url').replaceAll(/[-_]/g, 'z') : etag
}

function compareScattered(a: string, b: string): number {
  return crc32(Buffer.from(a)) - crc32(Buffer.from(b)) || compareKeys(a, b)
}

/** A page in an order that is no key order, but always the same. @throws {S3Error} InvalidArgument for what only ordered buckets can do */
export function listDirectoryPage<T>(index: KeyIndex<T>, { prefix, delimiter, after, maxKeys }: ListingQuery): ListingPage<T> {
  if (prefix !== '' && !prefix.endsWith('/')) throw invalidArgument('prefix', prefix, 'A prefix of a directory bucket must end in a slash')
  if (delimiter !== '' && delimiter !== '/') throw invalidArgument('delimiter', delimiter, 'The delimiter of a directory bucket is a slash')
  const names = new Set(index.order().filter((key) => key.startsWith(prefix) && index.get(key) !== undefined).map((key) => groupOf(key, prefix, delimiter) ?? key))
  const behind = [...names].filter((name) => after === '' || compareScattered(name, after) > 0).toSorted(compareScattered)
  const page = behind.slice(0, maxKeys)
  const isGroup = (name: string): boolean => delimiter !== '' && groupOf(name, prefix, delimiter) === name
  return {
    entries: page.filter((name) => !isGroup(name)).map((name) => index.get(name)!), commonPrefixes: page.filter(isGroup),
    next: behind.length > page.length && page.length > 0 ? page.at(-1) : undefined,
  }
}
