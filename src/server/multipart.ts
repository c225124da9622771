// Multipart uploads that are open, and the rules by which their parts become an object.

import { createHash, randomBytes } from 'node:crypto'
import { MiB } from '../util/units.ts'
import { compositeChecksum, elementOf, isLinear, joinedChecksum, type Checksum, type ChecksumAlgorithm, type ChecksumType } from '../util/checksum.ts'
import { S3Error } from './errors.ts'
import type { Content } from './objects.ts'

export interface Part {
  readonly number: number
  readonly etag: string
  readonly lastModified: number
  readonly content: Content
  readonly checksum: Checksum | undefined
}

export interface Upload {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly initiated: number
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined
  readonly parts: Map<number, Part>
}

/** A part as CompleteMultipartUpload lists it. */
export interface ListedPart { readonly number: number; readonly etag: string; readonly checksums: ReadonlyMap<string, string> }

export const minPartBytes: number = 5 * MiB
export const maxParts = 10_000

export class Uploads {
  readonly #byId = new Map<string, Upload>()
  #count = 0

  get size(): number { return this.#byId.size }

  open(upload: Omit<Upload, 'id' | 'parts'>): Upload {
    // Sorted by their ids, uploads are sorted by age.
    const age = upload.initiated.toString(16).padStart(12, '0') + (this.#count++).toString(16).padStart(8, '0')
    const opened = { ...upload, id: age + randomBytes(12).toString('hex'), parts: new Map<number, Part>() }
    this.#byId.set(opened.id, opened)
    return opened
  }

  /** @throws {S3Error} NoSuchUpload, also when the upload is for another key */
  get(id: string, bucket: string, key: string): Upload {
    const upload = this.#byId.get(id)
    if (!upload || upload.bucket !== bucket || upload.key !== key) throw new S3Error('NoSuchUpload', { fields: { UploadId: id } })
    return upload
  }

  isOpen(upload: Upload): boolean { return this.#byId.get(upload.id) === upload }
  close(upload: Upload): void { this.#byId.delete(upload.id) }

  in(bucket: string): Upload[] {
    return [...this.#byId.values()].filter((upload) => upload.bucket === bucket)
  }
}

/** The parts that make the object, in order. @throws {S3Error} InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest */
export function chooseParts(upload: Upload, listed: readonly ListedPart[]): Part[] {
  const chosen = listed.map(({ number, etag, checksums }, i) => {
    if (i > 0 && listed[i - 1]!.number >= number) throw new S3Error('InvalidPartOrder', { fields: { UploadId: upload.id } })
    const part = upload.parts.get(number)
    const invalid = (): S3Error => new S3Error('InvalidPart', { fields: { UploadId: upload.id, PartNumber: String(number), ETag: etag } })
    if (!part || part.etag !== etag.replaceAll('"', '')) throw invalid()
    const expected = upload.checksum && checksums.get(elementOf(upload.checksum.algorithm))
    if (upload.checksum?.type === 'COMPOSITE' && expected === undefined) {
      throw new S3Error('InvalidRequest', {
        message: `The upload was created using a ${upload.checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      })
    }
    for (const [name, value] of checksums) {
      if (!part.checksum || elementOf(part.checksum.algorithm) !== name || part.checksum.value !== value) throw invalid()
    }
    return part
  })
  for (const part of chosen.slice(0, -1)) {
    if (part.content.size < minPartBytes) {
      throw new S3Error('EntityTooSmall', {
        fields: { ProposedSize: String(part.content.size), MinSizeAllowed: String(minPartBytes), PartNumber: String(part.number), ETag: part.etag },
      })
    }
  }
  return chosen
}

/** The MD5 of the MD5s, with the number of parts. */
export function multipartEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(part.etag, 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}

export function multipartChecksum(upload: Upload, parts: readonly Part[]): Checksum | undefined {
  if (!upload.checksum) return undefined
  const { algorithm, type } = upload.checksum
  const checksums = parts.map((part) => ({ value: part.checksum?.value ?? '', size: part.content.size }))
  return type === 'FULL_OBJECT' && isLinear(algorithm) ? joinedChecksum(algorithm, checksums) : compositeChecksum(algorithm, checksums)
}
