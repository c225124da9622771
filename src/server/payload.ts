// What a request's signature promises about its body.

/** Verifies the pieces of a signed aws-chunked body, each chained to the one before. */
export interface ChunkVerifier {
  /** Hex SHA-256 of a chunk's data, and the signature it came with. @throws {S3Error} SignatureDoesNotMatch */
  chunk(dataHash: string, signature: string): void
  /** Hex SHA-256 of "name:value\n" of all trailers. @throws {S3Error} SignatureDoesNotMatch */
  trailer(trailerHash: string, signature: string): void
}

export interface Payload {
  /** Hex SHA-256 that the whole body must have. */
  readonly sha256: string | undefined
  /** The body is framed as aws-chunked. */
  readonly chunks: { readonly verifier: ChunkVerifier | undefined; readonly trailer: boolean } | undefined
}

export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
