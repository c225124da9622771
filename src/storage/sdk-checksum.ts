// The checksums that the AWS SDK sends. It believes what the store answers of them: here that is held against our own.

import { checksumTypeOf, type ChecksumType, type UploadAlgorithm } from '../util/checksum.ts'
import type { FaultContext } from './faults.ts'
import { checkBody, checkWhole, checksumOf, type BodyChecksum } from './s3/upload-checksum.ts'

/** The SDK's answers to PutObject, UploadPart and CompleteMultipartUpload have these in common. */
export interface SdkAnswer {
  readonly ETag?: string | undefined
  readonly VersionId?: string | undefined
  readonly ChecksumCRC32?: string | undefined
  readonly ChecksumCRC32C?: string | undefined
  readonly ChecksumCRC64NVME?: string | undefined
  readonly ChecksumSHA256?: string | undefined
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

  constructor(algorithm: UploadAlgorithm | undefined, context: FaultContext) {
    this.#algorithm = algorithm
    this.#context = context
  }

  /** Gives `answer` back. @throws {Fault} 'corrupt' */
  ofBody({ Body, PartNumber = 1 }: { readonly Body?: unknown; readonly PartNumber?: number | undefined }, answer: SdkAnswer): SdkAnswer {
    if (!this.#algorithm || !(Body instanceof Uint8Array)) return answer
    const sum = checksumOf(Body, this.#algorithm)!
    this.#sums[PartNumber - 1] = sum
    this.#answers[PartNumber - 1] = answer
    checkBody(sum, answer[`Checksum${this.#algorithm}`], this.#context)
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

  /** The same once all bodies are stored. @throws {Fault} 'corrupt' */
  ofWhole(answer: SdkAnswer): SdkAnswer {
    if (this.#algorithm) checkWhole(this.#algorithm, { sums: this.#sums, answered: answer[`Checksum${this.#algorithm}`] }, this.#context)
    return answer
  }
}
