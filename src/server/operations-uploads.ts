// ListParts and ListMultipartUploads.

import { elementOf } from '../util/checksum.ts'
import { compareKeys } from './key-index.ts'
import { groupOf } from './listing.ts'
import type { Upload } from './multipart.ts'
import { countParameter, isoTime, owner, xmlResponse, type Operation } from './operation.ts'
import { listingParameters } from './operations-list.ts'
import { element, textElement } from './xml.ts'

const ownership = element('Initiator', owner) + element('Owner', owner) + textElement('StorageClass', 'STANDARD')

export const listParts: Operation = {
  name: 'ListParts', parameters: ['uploadId', 'max-parts', 'part-number-marker', 'encoding-type'], body: false,
  run(request, { buckets, uploads }) {
    const { bucket, key, query } = request
    buckets.get(bucket)
    const upload = uploads.get(query.parameters.get('uploadId') ?? '', bucket, key)
    const marker = countParameter(request, 'part-number-marker', 0)
    const { maxKeys, name, encoding } = listingParameters(request, 'max-parts')
    const behind = [...upload.parts.values()].filter((part) => part.number > marker).toSorted((a, b) => a.number - b.number)
    const page = behind.slice(0, maxKeys)
    const next = behind.length > page.length ? page.at(-1)?.number : undefined
    return xmlResponse('ListPartsResult', textElement('Bucket', bucket), textElement('Key', name(key)), textElement('UploadId', upload.id),
      textElement('EncodingType', encoding), textElement('PartNumberMarker', marker), textElement('NextPartNumberMarker', next ?? page.at(-1)?.number ?? 0),
      textElement('MaxParts', maxKeys), textElement('IsTruncated', next !== undefined), ownership,
      textElement('ChecksumAlgorithm', upload.checksum?.algorithm), textElement('ChecksumType', upload.checksum?.type),
      ...page.map((part) => element('Part', textElement('PartNumber', part.number), textElement('LastModified', isoTime(part.lastModified)),
        textElement('ETag', `"${part.etag}"`), textElement('Size', part.content.size),
        part.checksum ? textElement(elementOf(part.checksum.algorithm), part.checksum.value) : '')))
  },
}

interface UploadsPage {
  readonly shown: readonly Upload[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins, when there is one. */
  readonly next: { readonly key: string; readonly id: string } | undefined
}

interface UploadsQuery { readonly prefix: string; readonly delimiter: string; readonly maxKeys: number; readonly keyMarker: string; readonly idMarker: string }

/** In the order of their keys, then of age. Of the marked key itself, those behind the marked upload. */
function pageOfUploads(uploads: readonly Upload[], { prefix, delimiter, maxKeys, keyMarker, idMarker }: UploadsQuery): UploadsPage {
  const shown: Upload[] = []
  const commonPrefixes: string[] = []
  let last: UploadsPage['next']
  for (const upload of uploads.toSorted((a, b) => compareKeys(a.key, b.key) || (a.id < b.id ? -1 : 1))) {
    const order = compareKeys(upload.key, keyMarker)
    const isBehind = order > 0 || (order === 0 && idMarker !== '' && upload.id > idMarker)
    const group = groupOf(upload.key, prefix, delimiter)
    const isToldAlready = group !== undefined && (group === commonPrefixes.at(-1) || compareKeys(group, keyMarker) <= 0)
    if (!isBehind || isToldAlready || !upload.key.startsWith(prefix)) continue
    if (shown.length + commonPrefixes.length === maxKeys) return { shown, commonPrefixes, next: last }
    if (group === undefined) shown.push(upload)
    else commonPrefixes.push(group)
    last = group === undefined ? { key: upload.key, id: upload.id } : { key: group, id: '' }
  }
  return { shown, commonPrefixes, next: undefined }
}

export const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads', parameters: ['uploads', 'prefix', 'delimiter', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'], body: false,
  run(request, { buckets, uploads }) {
    const { bucket, query } = request
    buckets.get(bucket)
    const common = listingParameters(request, 'max-uploads')
    const { prefix, delimiter, maxKeys, name, encoding } = common
    const keyMarker = query.parameters.get('key-marker') ?? ''
    const idMarker = query.parameters.get('upload-id-marker') ?? ''
    const { shown, commonPrefixes, next } = pageOfUploads(uploads.in(bucket), { ...common, keyMarker, idMarker })
    return xmlResponse('ListMultipartUploadsResult', textElement('Bucket', bucket), textElement('KeyMarker', name(keyMarker)), textElement('UploadIdMarker', idMarker),
      next ? textElement('NextKeyMarker', name(next.key)) + textElement('NextUploadIdMarker', next.id) : '',
      textElement('Prefix', name(prefix)), delimiter === '' ? '' : textElement('Delimiter', name(delimiter)),
      textElement('EncodingType', encoding), textElement('MaxUploads', maxKeys), textElement('IsTruncated', next !== undefined),
      ...shown.map((upload) => element('Upload', textElement('Key', name(upload.key)), textElement('UploadId', upload.id), ownership,
        textElement('Initiated', isoTime(upload.initiated)), textElement('ChecksumAlgorithm', upload.checksum?.algorithm), textElement('ChecksumType', upload.checksum?.type))),
      ...commonPrefixes.map((each) => element('CommonPrefixes', textElement('Prefix', name(each)))))
  },
}
