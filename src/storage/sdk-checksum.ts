// The checksums that the AWS SDK sends. It believes what the store answers of them: here that is held against our own.

import { checksumTypeOf, type ChecksumType, type UploadAlgorithm } from '../util/checksum.ts'
import type { FaultContext } from './faults.ts'
import { hasOtherEtags } from './multipart-etag.ts'
import type { Confirmed } from './s3/completion.ts'
import { unquote } from './s3/list-xml.ts'
import { checkBody, checkWhole, checksumOf, type BodyChecksum } from './s3/upload-checksum.ts'
import { withdrawing, type Place } from './withdrawal.ts'

/** The SDK's answers to PutObject, UploadPart and CompleteMultipartUpload have these in common. */
export interface SdkAnswer {
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
  readonly ServerSideEncryption?: string | undefined
  readonly SSECustomerAlgorithm?: string | undefined
  readonly ChecksumCRC32?: string | undefined
  readonly ChecksumCRC32C?: string | undefined
  readonly ChecksumCRC64NVME?: string | undefined
  readonly ChecksumSHA256?: string | undefined
}

/** Of the object that it tells of. */
export function confirmedBy({ ETag = '', VersionId }: SdkAnswer): Confirmed {
  return { etag: unquote(ETag), ...(VersionId === undefined ? {} : { version: VersionId }) }
}

/** As lib-storage names a part at the end of an upload. */
export interface UploadedPart {
  readonly PartNumber?: number | undefined
  ChecksumCRC64NVME?: string | undefined
}

/** What asks the SDK to send checksums with PutObject, and with all requests of an upload. */
export function checksumParameters(algorithm: UploadAlgorithm | undefined): { readonly ChecksumAlgorithm?: UploadAlgorithm; readonly ChecksumType?: ChecksumType } {
  return algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: checksumTypeOf(algorithm) }
}

/** Of the bodies of one object. */
export class AnswerCheck {
  readonly #algorithm: UploadAlgorithm | undefined
  readonly #context: FaultContext
  readonly #sums: BodyChecksum[] = []
  readonly #answers: SdkAnswer[] = []
  #isKeyed = false
  #last: SdkAnswer = {}

  constructor(algorithm: UploadAlgorithm | undefined, context: FaultContext) {
    this.#algorithm = algorithm
    this.#context = context
  }

  /** Whether the object is encrypted in a way that makes ETags something else than MD5 sums, by the answers that were noted. */
  get isKeyed(): boolean { return this.#isKeyed }

  /** Gives `answer`, to the begin or end of an upload, back. */
  noted(answer: SdkAnswer): SdkAnswer {
    this.#last = answer
    this.#isKeyed ||= hasOtherEtags(answer.ServerSideEncryption, answer.SSECustomerAlgorithm)
    return answer
  }

  /** Gives `answer` back. An object with another checksum is withdrawn; a part goes with its upload. @throws {Fault} 'corrupt' */
  async ofBody({ Body, PartNumber }: { readonly Body?: unknown; readonly PartNumber?: number | undefined }, answer: SdkAnswer, place: Place): Promise<SdkAnswer> {
    const algorithm = this.#algorithm
    if (!algorithm || !(Body instanceof Uint8Array)) return answer
    const sum = checksumOf(Body, algorithm)!
    const check = (): void => { checkBody(sum, answer[`Checksum${algorithm}`], this.#context) }
    if (PartNumber === undefined) await withdrawing(confirmedBy(answer), check, place)
    else {
      this.#sums[PartNumber - 1] = sum
      this.#answers[PartNumber - 1] = answer
      check()
    }
    return answer
  }

  /** Gives `parts` back, with what the store answered of each: lib-storage leaves the CRC-64 out, and MinIO then knows no such part. */
  completeParts<T extends UploadedPart>(parts: readonly T[]): readonly T[] {
    for (const part of parts) {
      const answered = this.#answers[(part.PartNumber ?? 0) - 1]?.ChecksumCRC64NVME
      if (answered !== undefined) part.ChecksumCRC64NVME = answered
    }
    return parts
  }

  /** The same of all parts, by the answer that was noted last. @throws {Fault} 'corrupt' */
  async ofWhole(confirmed: Confirmed, place: Place): Promise<void> {
    const algorithm = this.#algorithm
    if (algorithm) await withdrawing(confirmed, () => { checkWhole(algorithm, { sums: this.#sums, answered: this.#last[`Checksum${algorithm}`] }, this.#context) }, place)
  }
}
