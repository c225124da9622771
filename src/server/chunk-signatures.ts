// Signatures of the chunks and trailers of STREAMING-AWS4-HMAC-SHA256-PAYLOAD bodies.
// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks".

import type { KeyObject } from 'node:crypto'
import { S3Error } from './errors.ts'
import { emptySha256, type ChunkVerifier } from './payload.ts'
import { sameText, sign } from './signature.ts'

export interface SeedSignature {
  readonly key: KeyObject
  readonly date: string
  readonly scope: string
  /** The signature in the request's Authorization header. */
  readonly signature: string
}

export function createChunkVerifier({ key, date, scope, signature: seed }: SeedSignature): ChunkVerifier {
  let previous = seed
  const check = (text: string, signature: string): void => {
    if (!sameText(sign(key, text), signature)) throw new S3Error('SignatureDoesNotMatch')
    previous = signature
  }
  return {
    chunk(dataHash, signature) {
      check(`AWS4-HMAC-SHA256-PAYLOAD\n${date}\n${scope}\n${previous}\n${emptySha256}\n${dataHash}`, signature)
    },
    trailer(trailerHash, signature) {
      check(`AWS4-HMAC-SHA256-TRAILER\n${date}\n${scope}\n${previous}\n${trailerHash}`, signature)
    },
  }
}
