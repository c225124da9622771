// What servers do otherwise than S3, and what therefore cannot hold for them: each test by its name, with the reason.

import { roundTripOf } from '../storage/conformance.ts'
import type { TransportName } from './endpoint.ts'

interface Difference {
  /** Of a test. */
  readonly name: string
  readonly reason: string
  /** Absent: through all. */
  readonly transports?: readonly TransportName[]
}

interface Quirks {
  /** Tests of the conformance suite. */
  readonly conformance?: readonly Difference[]
  readonly uploadsAndRuns?: readonly Difference[]
  /** Keys that the server refuses as 'invalid', which is held against it. */
  readonly refuses?: { readonly reason: string; readonly keys: readonly string[] }
}

type Skips = Readonly<Record<string, string>>

const encryptions = ['SSE-S3', 'SSE-KMS', 'SSE-C'].flatMap((kind) => [`${kind} of one PUT`, `${kind} of an upload in parts`])
const wrongKeys = ['another', 'no'].map((which) => `SSE-C: with ${which} customer's key nothing is read, and the key is named as the cause`)

const quirks: Readonly<Record<string, Quirks>> = {
  minio: {
    refuses: { reason: 'MinIO has no keys with empty, "." or ".." parts', keys: ['double//slash', 'dot/./inside', 'up/../inside'] },
    conformance: [
      { name: roundTripOf('/leading'), reason: 'takes a leading slash off a key' },
    ],
  },
  versitygw: {
    refuses: { reason: 'a key that ends in a slash is a folder of the file system', keys: ['trailing/'] },
    conformance: [
      ...['double//slash', '/leading', 'dot/./inside', 'up/../inside'].map((key): Difference => ({ name: roundTripOf(key), reason: 'keys are paths of the file system, and tidied as such' })),
      { name: roundTripOf('control\u0001'), reason: 'lists a control character as U+FFFD: it does not encode keys, whatever encoding-type asks for' },
    ],
    uploadsAndRuns: [...encryptions, ...wrongKeys].map((name): Difference => ({ name, reason: 'takes the headers of encryption, and does not encrypt' })),
  },
  'built-in': {
    uploadsAndRuns: encryptions.map((name): Difference => ({ name, reason: 'refuses what it would have to ignore' })),
  },
  moto: {
    conformance: [
      { name: roundTripOf('line\nbreak'), reason: 'has no route for paths with a line break, and answers 404 as a web page' },
    ],
    uploadsAndRuns: [
      ...['crc32', 'crc32c', 'crc64nvme', 'sha256'].map((name): Difference => ({
        name: `--checksum ${name} of one PUT`, transports: ['direct', 'undici'], reason: 'keeps a checksum only beside x-amz-sdk-checksum-algorithm, which S3 wants of SDKs alone',
      })),
      ...['crc32c', 'crc64nvme'].map((name): Difference => ({ name: `--checksum ${name} of an upload in parts`, reason: 'tells the CRC-32 of objects in parts, whatever was sent' })),
      { name: '--checksum sha256 of an upload in parts', reason: 'tells the SHA-256 of the parts\' without the number of parts' },
    ],
  },
}

export function differencesOf(server: string, transport: TransportName): { readonly conformance: Skips; readonly uploadsAndRuns: Skips } {
  const of = (differences: readonly Difference[] = []): Skips => Object.fromEntries(differences
    .filter(({ transports }) => transports?.includes(transport) ?? true).map(({ name, reason }) => [name, `${server}: ${reason}`]))
  const { conformance, uploadsAndRuns } = quirks[server] ?? {}
  return { conformance: of(conformance), uploadsAndRuns: of(uploadsAndRuns) }
}

export function refusedKeys(server: string): { readonly reason: string; readonly keys: readonly string[] } | undefined {
  const refuses = quirks[server]?.refuses
  return refuses && { reason: refuses.reason, keys: refuses.keys.flatMap((key) => [key, `together/${key}`]) }
}
