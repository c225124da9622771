// Listings and deletions as the AWS SDK answers them, in our words.

import { storageFault, type FaultContext } from './faults.ts'
import { isAbsence, nullVersion } from './s3/delete.ts'
import { refusalFault } from './s3/errors.ts'
import type { ListPage } from './s3/list-xml.ts'
import { decodeListed } from './s3/uri.ts'
import { extras } from './sdk-values.ts'
import type { ObjectVersion } from './store.ts'

interface About { readonly name: string; readonly context: FaultContext }

interface ListAnswer {
  readonly Name?: string | undefined
  readonly IsTruncated?: boolean | undefined
  readonly EncodingType?: string | undefined
  readonly NextContinuationToken?: string | undefined
  readonly Contents?: readonly { readonly Key?: string | undefined; readonly Size?: number | undefined; readonly ETag?: string | undefined }[] | undefined
}

/** @throws {Fault} 'protocol' */
export function listPageOf(page: ListAnswer, about: About): ListPage {
  const { name, context } = about
  // The SDK takes any text for an empty listing.
  if (page.Name === undefined && page.IsTruncated === undefined) throw storageFault('protocol', `${name} answered a listing with something else`, context, { hint: 'check that the endpoint is an S3 API that knows ListObjectsV2' })
  const decoded = decoder(page, about)
  const objects = (page.Contents ?? []).map(({ Key = '', Size = 0, ETag }) => ({ key: decoded(Key), size: Size, ...extras({ ETag }) }))
  const next = page.IsTruncated ? page.NextContinuationToken : undefined
  if (page.IsTruncated && next === undefined) throw storageFault('protocol', `${name} lists more but does not say where`, context)
  return { objects, isAscii: false, ...(next === undefined ? {} : { next }) }
}

interface VersionAnswer { readonly Key?: string | undefined; readonly VersionId?: string | undefined }

interface VersionsAnswer {
  readonly Name?: string | undefined
  readonly IsTruncated?: boolean | undefined
  readonly EncodingType?: string | undefined
  readonly Versions?: readonly VersionAnswer[] | undefined
  readonly DeleteMarkers?: readonly VersionAnswer[] | undefined
}

/** Delete markers among them. @throws {Fault} 'protocol' */
export function versionsOf(page: VersionsAnswer, about: About): readonly ObjectVersion[] {
  const { name, context } = about
  const all = [...page.Versions ?? [], ...page.DeleteMarkers ?? []]
  const isOther = (page.Name === undefined && page.IsTruncated === undefined) || all.some(({ Key, VersionId }) => Key === undefined || VersionId === undefined)
  if (isOther) throw storageFault('protocol', `${name} answered a listing of versions with something else`, context, { hint: 'the store may not have ListObjectVersions' })
  const decoded = decoder(page, about)
  return all.map(({ Key = '', VersionId = '' }) => ({ key: decoded(Key), version: VersionId }))
}

function decoder({ EncodingType }: { readonly EncodingType?: string | undefined }, { name, context }: About): (listed: string) => string {
  if (EncodingType !== 'url') return (listed) => listed
  return (listed) => {
    const key = decodeListed(listed)
    if (key === undefined) throw storageFault('protocol', `${name} lists the key ${JSON.stringify(listed)}, which is wrongly encoded`, context)
    return key
  }
}

interface DeletedAnswer {
  readonly Deleted?: readonly { readonly Key?: string | undefined; readonly VersionId?: string | undefined; readonly DeleteMarker?: boolean | undefined; readonly DeleteMarkerVersionId?: string | undefined }[] | undefined
  readonly Errors?: readonly { readonly Key?: string | undefined; readonly Code?: string | undefined; readonly Message?: string | undefined }[] | undefined
}

/** The delete markers that were made; one that was deleted has a version of its own. @throws {Fault} the first refusal */
export function markersIn({ Deleted = [], Errors = [] }: DeletedAnswer, context: FaultContext): readonly ObjectVersion[] {
  const failed = Errors.find(({ Code }) => !isAbsence(Code))
  if (failed) throw refusalFault({ status: 200, code: failed.Code, message: failed.Message }, failed.Key === undefined ? context : { ...context, key: failed.Key })
  return Deleted.flatMap(({ Key, VersionId, DeleteMarker, DeleteMarkerVersionId }) => (DeleteMarker && !VersionId && Key !== undefined ? [{ key: Key, version: DeleteMarkerVersionId ?? nullVersion }] : []))
}
