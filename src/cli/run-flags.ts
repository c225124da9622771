// The flags of `run` as commander gives them, and the S3 flags that other commands share.

import type { UploadFlags } from './upload-flags.ts'

/** Those about uploads only where a command writes. */
export interface S3Flags extends UploadFlags {
  readonly endpointUrl?: string | readonly string[]
  /** Connect to every address that the endpoint's name has. */
  readonly allAddresses?: boolean
  readonly region?: string
  readonly profile?: string
  /** False with --no-sign-request. */
  readonly signRequest?: boolean
  readonly pathStyle?: boolean
  readonly virtualHost?: boolean
  readonly caFile?: string
  readonly insecure?: boolean
  readonly clientCert?: string
  readonly clientKey?: string
  /** A proxy's address, for `undici`. */
  readonly proxy?: string
  readonly transport: 'direct' | 'undici' | 'sdk'
  readonly retries?: number
  readonly retryMode?: 'standard' | 'adaptive'
  /** Of one attempt, in seconds; 0: no limit. */
  readonly requestTimeout?: number
  /** "x-amz-…: value". */
  readonly header?: readonly string[]
  /** Hold what is read against the store's checksums. */
  readonly verifyChecksums?: boolean
  /** Of commands that write only. */
  readonly checksum?: 'none' | 'crc32' | 'crc32c' | 'crc64nvme' | 'sha256'
  readonly signPayload?: 'auto' | 'always' | 'never'
}

export interface RunFlags extends S3Flags {
  readonly target?: string
  readonly embedded?: boolean
  readonly embeddedDir?: string
  /** Of the built-in server. */
  readonly faults?: readonly string[]
  readonly accelerators: number
  readonly config: readonly string[]
  readonly configDir: readonly string[]
  readonly generate?: boolean
  readonly skipGenerate?: boolean
  readonly adopt?: boolean
  /** A file on this machine. */
  readonly index?: string
  readonly createBucket?: boolean
  /** Hold what is read against what the generator writes. */
  readonly verify?: boolean
  readonly decode: 'full' | 'none'
  readonly readMode?: 'auto' | 'object' | 'range'
  /** Bytes. */
  readonly memoryLimit?: number
  readonly threads?: number
  readonly dialect: 'argonne' | 'mlcommons'
  readonly seed: number
  readonly out?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly strict?: boolean
  readonly printConfig?: boolean
  readonly cfg?: string
}
