// The ETag of an object that was uploaded in parts: the MD5 of their MD5s, and behind a dash their number.
// Source: "Checking object integrity", Amazon S3 User Guide: ETags of objects encrypted with KMS or customers' keys are no MD5 sums.

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'

/** What S3 makes of the ETags of the parts, in their order and without quotes. Undefined where these cannot be MD5 sums. */
export function multipartEtag(etags: readonly string[]): string | undefined {
  if (!etags.every((etag) => /^[0-9a-f]{32}$/i.test(etag))) return undefined
  return `${createHash('md5').update(Buffer.from(etags.join(''), 'hex')).digest('hex')}-${etags.length}`
}

/** How many parts `etag` tells. Undefined where it is of other making, and so says nothing. */
export function partsIn(etag: string): number | undefined {
  const count = /^[0-9a-f]{32}-(\d+)$/i.exec(etag)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** Whether what a store answers of encryption says that its ETags are no MD5 sums. */
export function hasOtherEtags(encryption: string | undefined, customerAlgorithm: string | undefined): boolean {
  return customerAlgorithm !== undefined || (encryption !== undefined && encryption !== 'AES256')
}
