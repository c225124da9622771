// What is held against one server, through each transport: the storage conformance suite, uploads in parts, checksums, encryption, versions, whole runs.

import { after, before, describe } from 'node:test'
import { openStore } from '../../src/storage/index.ts'
import { conformsToObjectStore, type StoreUnderTest } from '../storage/conformance.ts'
import { OwnBucket, partSize } from './bucket.ts'
import { keepsChecksums } from './checksums.ts'
import type { Endpoint, Subject, TransportName } from './endpoint.ts'
import { encrypts } from './encryption.ts'
import { uploadsInParts } from './parts.ts'
import { differencesOf, refusedKeys } from './quirks.ts'
import { runsWorkloads } from './runs.ts'
import { differingTests } from './test-names.ts'
import { keepsVersions } from './versions.ts'

/** Makes its buckets when its tests run, and removes them. */
export function interoperates(subject: Subject, endpointOf: () => Promise<Endpoint>): void {
  for (const transport of subject.transports) {
    const differs = differencesOf(subject.name, transport)
    const refuses = refusedKeys(subject.name)
    conformsToObjectStore(`${subject.name} ${transport}`, async () => underTest(new OwnBucket(await endpointOf()), transport), {
      partSize, differs: differs.conformance, ...(refuses ? { refuses } : {}),
    })
    workloadsAndUploads({ name: subject.name, transport, differs: differs.uploadsAndRuns }, endpointOf)
  }
}

/** The parts of the suite that are not the conformance suite. */
export function workloadsAndUploads({ name, transport, differs }: { name: string; transport: TransportName; differs: Readonly<Record<string, string>> }, endpointOf: () => Promise<Endpoint>): void {
  describe(`${name} ${transport}: uploads and runs`, () => {
    const bucket: { own?: OwnBucket } = {}
    before(async () => {
      bucket.own = new OwnBucket(await endpointOf())
      const store = await openStore(bucket.own.spec(transport))
      try { await store.createContainer() } finally { await store.close() }
    })
    after(async () => { await bucket.own?.remove() })
    const tests = differingTests(differs)
    const context = { transport, test: tests.test, bucket: (): OwnBucket => bucket.own! }
    uploadsInParts(context)
    keepsChecksums(context)
    encrypts(context)
    keepsVersions(context)
    runsWorkloads(context)
    tests.checkNames()
  })
}

async function underTest(bucket: OwnBucket, transport: TransportName): Promise<StoreUnderTest> {
  const store = await openStore(bucket.spec(transport))
  const absent = await openStore(bucket.spec(transport, { bucket: `${bucket.name}-absent` }))
  return {
    store, absent,
    leftovers: () => bucket.leftovers(),
    close: async () => {
      await store.close()
      await absent.close()
      await bucket.remove()
    },
  }
}
