// Which store to open, as plain data: a spec crosses threads by structured clone, and each thread opens its own store from it.

import { MiB } from '../util/units.ts'
import type { CredentialsBoard } from './credentials-board.ts'
import type { EndpointBoard } from './s3/endpoint-board.ts'
import type { ReadChecks } from './s3/read-checksum.ts'
import type { RequestHeaders } from './s3/request-headers.ts'

/** Keys to sign requests with. `expiresAtMilliseconds` since 1970; absent when they do not expire. Never printed. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiresAtMilliseconds?: number
}

/** How long to wait for each phase of a request, and for all of it, in milliseconds. */
export interface Timeouts {
  /** Name lookup, TCP and TLS handshake. */
  readonly connect: number
  /** From the last byte sent to the first byte of the answer. */
  readonly firstByte: number
  /** Without any progress while a body is under way. */
  readonly idle: number
  /** From sending one attempt of a request to the last byte of its answer. Absent: as long as there is progress, since what is large takes long. */
  readonly total?: number
}

export const defaultTimeouts: Timeouts = { connect: 10_000, firstByte: 30_000, idle: 30_000 }

/** 8 MiB: part size of the AWS CLI and of our ranged reads. Bytes. */
export const defaultPartSize: number = 8 * MiB

/** Checksums that can be sent with bodies, weakest first. Of the CRCs that of an object follows from those of its parts. */
export type UploadChecksum = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha256'

export interface Endpoint {
  /** "http://node1:9000". */
  readonly url: string
  /** One of the IP addresses of its name. Absent: whichever the system finds. */
  readonly ip?: string
}

export interface S3Spec {
  readonly kind: 's3'
  readonly transport: 'direct' | 'undici' | 'sdk'
  readonly bucket: string
  /** "http://127.0.0.1:9000". Absent: AWS, by region. */
  readonly endpoint?: string
  /** When there are several of one store, all of them, `endpoint` the first. Requests are spread over them. */
  readonly endpoints?: { readonly all: readonly Endpoint[]; readonly board: EndpointBoard }
  readonly region: string
  /** Where the bucket's name goes. `auto`: in the path for custom endpoints and for buckets with dots, else in the host. */
  readonly addressing: 'auto' | 'path' | 'virtual'
  /** Absent: requests are not signed. */
  readonly credentials?: Credentials
  /** Where the keys of credentials that expire are from then on. Shared by all threads. */
  readonly renewed?: CredentialsBoard
  /** 1: no retry. */
  readonly maxAttempts: number
  /** `adaptive`: a client that is throttled sends less for a while. Absent: standard. */
  readonly retryMode?: 'standard' | 'adaptive'
  /** Bodies longer than this are uploaded in parts of this size. Bytes. */
  readonly partSize: number
  /** Bodies up to here go in one PUT, if that is more than `partSize`. Bytes; Infinity: all do. */
  readonly multipartThreshold?: number
  /** Parts of one upload under way at once. Absent: 4. */
  readonly partsInFlight?: number
  /** Sent with each body for the store to check, and held against what it answers. Absent: none, for some stores refuse headers they do not know. */
  readonly checksum?: UploadChecksum | 'none'
  /**
   * Whether the signature covers bodies, by their SHA-256. `auto`, also when absent: over plain HTTP only, TLS protects them already.
   * Requests without a body are signed alike in all three.
   */
  readonly payloadSigning?: 'auto' | 'always' | 'never'
  /** Counts, where checksums that the store tells of whole objects are held against what is read. Absent: they are not asked for. */
  readonly readChecks?: ReadChecks
  /** Sent along. Absent: none. */
  readonly headers?: RequestHeaders
  readonly timeouts: Timeouts
  /** PEM file of the authorities to trust besides the built-in ones. */
  readonly caFile?: string
  /** What names it, for people: "AWS_CA_BUNDLE". Absent: whoever made the spec. */
  readonly caFileFrom?: string
  /** PEM files that show who we are, where the store wants to know. Both or none. */
  readonly clientCertFile?: string
  readonly clientKeyFile?: string
  /** Accept any certificate. */
  readonly insecure?: boolean
  /** "http://proxy:3128", for `undici` only. Absent: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. May hold user and password; never printed with them. */
  readonly proxy?: string
  /** Per thread; absent: as many as there are requests in flight. */
  readonly maxConnections?: number
}

export type StoreSpec =
  | { readonly kind: 'memory'; readonly name: string }
  | { readonly kind: 'file'; readonly root: string }
  | S3Spec
