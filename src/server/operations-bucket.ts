// ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation.

import { MiB } from '../util/units.ts'
import { receiveBody } from './body.ts'
import { S3Error } from './errors.ts'
import { isoTime, owner, xmlResponse, type Operation, type ServerState } from './operation.ts'
import type { S3Request } from './request.ts'
import { childText, element, parseXml, textElement, xmlDocument } from './xml.ts'

export const listBuckets: Operation = {
  name: 'ListBuckets', parameters: [], body: false,
  run: (_, { buckets }) => xmlResponse('ListAllMyBucketsResult',
    element('Owner', owner),
    element('Buckets', ...buckets.all().map(({ name, created }) =>
      element('Bucket', textElement('Name', name), textElement('CreationDate', isoTime(created)))))),
}

async function locationConstraint(request: S3Request): Promise<string | undefined> {
  const { bytes } = await receiveBody(request, { limit: MiB, optional: true })
  if (bytes.length === 0) return undefined
  const root = parseXml(bytes)
  if (root.name !== 'CreateBucketConfiguration') throw new S3Error('MalformedXML')
  const other = root.children.find((child) => child.name !== 'LocationConstraint')
  if (other) throw new S3Error('NotImplemented', { fields: { Element: other.name } })
  return childText(root, 'LocationConstraint')?.trim()
}

export const createBucket: Operation = {
  name: 'CreateBucket', parameters: [], body: true,
  async run(request, { buckets, region, now }) {
    const constraint = await locationConstraint(request)
    // The classic region has no name of its own here; every other must be named.
    if ((constraint ?? 'us-east-1') !== region) {
      throw new S3Error('IllegalLocationConstraintException', {
        message: `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      })
    }
    if (buckets.has(request.bucket) && region !== 'us-east-1') throw new S3Error('BucketAlreadyOwnedByYou', { fields: { BucketName: request.bucket } })
    buckets.create(request.bucket, now())
    return { status: 200, headers: { location: `/${request.bucket}` } }
  },
}

export const headBucket: Operation = {
  name: 'HeadBucket', parameters: [], body: false,
  run({ bucket }, { buckets, region }) {
    buckets.get(bucket)
    return { status: 200, headers: { 'x-amz-bucket-region': region, 'content-type': 'application/xml' } }
  },
}

export const deleteBucket: Operation = {
  name: 'DeleteBucket', parameters: [], body: false,
  run({ bucket }, state: ServerState) {
    state.buckets.delete(bucket)
    for (const upload of state.uploads.in(bucket)) {
      state.uploads.close(upload)
      for (const part of upload.parts.values()) state.backend.discard(part.content)
    }
    return { status: 204 }
  },
}

export const getBucketLocation: Operation = {
  name: 'GetBucketLocation', parameters: ['location'], body: false,
  run({ bucket }, { buckets, region }) {
    buckets.get(bucket)
    // The document is a bare element, empty for us-east-1.
    const body = xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region)
    return { status: 200, headers: { 'content-type': 'application/xml' }, body }
  },
}
