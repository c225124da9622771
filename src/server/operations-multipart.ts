// CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.

import { MiB } from '../util/units.ts'
import { maxObjectBytes, receiveBody } from './body.ts'
import { checksumAlgorithms, elementOf, headerOf, isLinear, type ChecksumType } from '../util/checksum.ts'
import { checkWriteConditions } from './conditions.ts'
import { etagIn } from './directory-buckets.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { chooseParts, maxParts, multipartChecksum, multipartEtag, type ListedPart, type Part, type Upload } from './multipart.ts'
import { checksumHeaders, storedHeaders } from './object-headers.ts'
import type { ObjectInfo } from './objects.ts'
import { xmlResponse, type Operation, type ServerState } from './operation.ts'
import type { HeaderMap, S3Request } from './request.ts'
import { versionHeaders } from './versions.ts'
import { childText, parseXml, textElement, type XmlNode } from './xml.ts'

function uploadOf({ query, bucket, key }: S3Request, state: ServerState): Upload {
  state.buckets.get(bucket)
  return state.uploads.get(query.parameters.get('uploadId') ?? '', bucket, key)
}

function chosenChecksum(headers: HeaderMap): Upload['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm')?.toUpperCase()
  const type = headers.get('x-amz-checksum-type')
  if (name === undefined) {
    if (type === undefined) return undefined
    throw new S3Error('InvalidRequest', { message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.' })
  }
  const algorithm = checksumAlgorithms.find((each) => each === name)
  if (!algorithm) throw new S3Error('InvalidRequest', { message: 'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]' })
  const natural: ChecksumType = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  const fits = type === undefined || type === natural || (type === 'FULL_OBJECT' && isLinear(algorithm))
  if (!fits) throw new S3Error('InvalidRequest', { message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.` })
  return { algorithm, type: type === 'FULL_OBJECT' ? type : natural }
}

export const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload', parameters: ['uploads'], body: true,
  async run(request, { buckets, uploads, now }) {
    const { bucket, key, headers } = request
    buckets.get(bucket)
    const checksum = chosenChecksum(headers)
    const stored = storedHeaders(headers)
    await receiveBody(request, { limit: 0, optional: true })
    const upload = uploads.open({ bucket, key, initiated: now(), headers: stored, checksum })
    const response = xmlResponse('InitiateMultipartUploadResult', textElement('Bucket', bucket), textElement('Key', key), textElement('UploadId', upload.id))
    if (!checksum) return response
    return { ...response, headers: { ...response.headers, 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type } }
  },
}

export const uploadPart: Operation = {
  name: 'UploadPart', parameters: ['uploadId', 'partNumber'], body: true,
  async run(request, state) {
    const upload = uploadOf(request, state)
    const text = request.query.parameters.get('partNumber') ?? ''
    const number = Number(text)
    if (!/^\d{1,5}$/.test(text) || number < 1 || number > maxParts) throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
    const { bytes, md5, checksum } = await receiveBody(request, { limit: maxObjectBytes, md5: true })
    if (upload.checksum && checksum?.algorithm !== upload.checksum.algorithm) {
      throw new S3Error('InvalidRequest', { message: `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${checksum?.algorithm.toLowerCase() ?? 'null'}` })
    }
    const content = await state.backend.stage(bytes)
    if (!state.uploads.isOpen(upload)) {
      state.backend.discard(content)
      throw new S3Error('NoSuchUpload', { fields: { UploadId: upload.id } })
    }
    const before = upload.parts.get(number)
    const etag = etagIn(request.bucket, md5!.toString('hex'))
    upload.parts.set(number, { number, etag, lastModified: state.now(), content, checksum })
    if (before) state.backend.discard(before.content)
    const headers: Record<string, string> = { etag: `"${etag}"` }
    if (checksum) headers[headerOf(checksum.algorithm)] = checksum.value
    return { status: 200, headers }
  },
}

const partElements = ['PartNumber', 'ETag', ...checksumAlgorithms.map(elementOf)]

function listedPart(node: XmlNode): ListedPart {
  const number = childText(node, 'PartNumber')?.trim() ?? ''
  const etag = childText(node, 'ETag')?.trim() ?? ''
  const wrong = node.name !== 'Part' || !/^\d{1,5}$/.test(number) || etag === '' || node.children.some((child) => !partElements.includes(child.name))
  if (wrong) throw new S3Error('MalformedXML')
  const checksums = new Map(node.children.filter((child) => child.name.startsWith('Checksum')).map((child) => [child.name, child.text.trim()]))
  return { number: Number(number), etag, checksums }
}

async function listedParts(request: S3Request): Promise<ListedPart[]> {
  // Checksum headers are of the object here, not of this request's body.
  const headers = new Map([...request.headers].filter(([name]) => !/^x-amz-(sdk-)?checksum-/.test(name)))
  const { bytes } = await receiveBody({ ...request, headers }, { limit: 8 * MiB })
  const root = parseXml(bytes)
  if (root.name !== 'CompleteMultipartUpload' || root.children.length === 0 || root.children.length > maxParts) throw new S3Error('MalformedXML')
  return root.children.map(listedPart)
}

/** What the request says of the finished object must be so. */
function checkClaims(headers: HeaderMap, { size, checksum }: ObjectInfo): void {
  const claimedSize = headers.get('x-amz-mp-object-size')
  if (claimedSize !== undefined && claimedSize !== String(size)) {
    throw new S3Error('InvalidRequest', { message: `The provided 'x-amz-mp-object-size' header value ${claimedSize} does not match what was computed: ${size}` })
  }
  const type = headers.get('x-amz-checksum-type')
  if (type !== undefined && type !== checksum?.type) {
    throw new S3Error('InvalidRequest', { message: `The upload was created using the ${checksum?.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.` })
  }
  for (const algorithm of checksumAlgorithms) {
    const claimed = headers.get(headerOf(algorithm))
    if (claimed === undefined) continue
    const same = checksum?.algorithm === algorithm && (claimed === checksum.value || claimed === checksum.value.replace(/-\d+$/, ''))
    if (!same) throw new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
  }
}

function sizesOf(parts: readonly Part[]): Pick<ObjectInfo, 'size' | 'partSizes'> {
  const partSizes = parts.map((part) => part.content.size)
  return { size: partSizes.reduce((sum, size) => sum + size, 0), partSizes }
}

export const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload', parameters: ['uploadId'], body: true,
  async run(request, state) {
    const { bucket: bucketName, key, headers } = request
    const { buckets, uploads, backend, now } = state
    const upload = uploadOf(request, state)
    const parts = chooseParts(upload, await listedParts(request))
    const checksum = multipartChecksum(upload, parts)
    const kept = request.losesPart ? parts.slice(0, -1) : parts
    const about = { key, etag: etagIn(bucketName, multipartEtag(parts)), lastModified: now(), headers: upload.headers, ...(checksum ? { checksum } : {}) }
    const info: ObjectInfo = { ...about, ...sizesOf(kept) }
    checkClaims(headers, { ...about, ...sizesOf(parts) })
    const bucket = buckets.get(bucketName)
    checkWriteConditions(headers, bucket.objects.get(key)?.info)
    const content = await backend.join(kept.map((part) => part.content))
    let put: ObjectInfo
    try {
      if (!uploads.isOpen(upload)) throw new S3Error('NoSuchUpload', { fields: { UploadId: upload.id } })
      checkWriteConditions(headers, bucket.objects.get(key)?.info)
      put = buckets.put(bucket, info, content)
    } catch (error) {
      backend.discard(content)
      throw error
    }
    endUpload(upload, state)
    const response = xmlResponse('CompleteMultipartUploadResult', textElement('Location', `/${bucketName}/${key}`), textElement('Bucket', bucketName),
      textElement('Key', key), textElement('ETag', `"${info.etag}"`),
      checksum ? textElement(elementOf(checksum.algorithm), checksum.value) + textElement('ChecksumType', checksum.type) : '')
    return { ...response, headers: { ...response.headers, ...checksumHeaders(checksum), ...versionHeaders(bucket, put) } }
  },
}

function endUpload(upload: Upload, { uploads, backend }: ServerState): void {
  uploads.close(upload)
  for (const part of upload.parts.values()) backend.discard(part.content)
}

export const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload', parameters: ['uploadId'], body: false,
  run(request, state) {
    endUpload(uploadOf(request, state), state)
    return { status: 204 }
  },
}
