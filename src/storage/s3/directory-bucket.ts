// Directory buckets: S3 Express One Zone, told by the bucket's name.
// Source: "Directory bucket naming rules" and "Regional and Zonal endpoints for directory buckets", Amazon S3 User Guide.

import { Fault } from '../../util/fault.ts'

/** "BASE--ZONE--x-s3". */
const directoryName = /^[a-z0-9][a-z0-9-]*--([a-z0-9-]+)--x-s3$/

export function isDirectoryBucket(bucket: string): boolean {
  return directoryName.test(bucket)
}

/** The host below which a directory bucket of AWS is, by the zone in its name. */
export function zonalHost(bucket: string, region: string): string {
  return `s3express-${directoryName.exec(bucket)?.[1] ?? ''}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

/** They are made at another endpoint, by a request of another form. */
export function notMade(bucket: string): Fault<'storage'> {
  return new Fault('storage', `the directory bucket ${bucket} does not exist`, { info: { reason: 'no-bucket', operation: 'create', bucket }, hint: 'directory buckets are not made here: aws s3api create-bucket --bucket NAME --create-bucket-configuration …' })
}
