// The registry of backends, and the one place where a store and its wrappers are put together.

import type { ObjectStore } from './store.ts'
import type { S3Spec, StoreSpec } from './spec.ts'
import { withCustomerKey } from './with-customer-key.ts'
import { withRecord, type RequestRecord } from './with-record.ts'
import { retryPolicy, withRetry, type RetryPolicy, type RetryRecord } from './with-retry.ts'

export type { Credentials, Endpoint, S3Spec, StoreSpec, Timeouts } from './spec.ts'
export { defaultPartSize, defaultTimeouts } from './spec.ts'
export type { RequestRecord } from './with-record.ts'
export type { RetryRecord } from './with-retry.ts'

/** Told of every call and every retry. Called between requests: must be cheap and must not throw. */
export interface StoreObserver {
  request?(record: RequestRecord): void
  retry?(record: RetryRecord): void
}

/** The store of `spec`. Loads the backend's code at the first call; opens no connection. */
export async function openStore(spec: StoreSpec, observer: StoreObserver = {}): Promise<ObjectStore> {
  return withRecord(await backends[spec.kind](spec as never, observer), observer)
}

const backends: { readonly [K in StoreSpec['kind']]: (spec: Extract<StoreSpec, { kind: K }>, observer: StoreObserver) => Promise<ObjectStore> } = {
  memory: async ({ name }) => (await import('./memory.ts')).openMemoryStore(name),
  file: async ({ root }) => (await import('./file.ts')).openFileStore(root),
  s3: async (spec, observer) => {
    const policy = retryPolicy({ maxAttempts: spec.maxAttempts, mode: spec.retryMode ?? 'standard' }, observer)
    return withRetry(withCustomerKey(await transports[spec.transport](spec, policy), spec.headers), policy)
  },
}

/** They retry the requests of their uploads by the policy, and nothing else. */
const transports: { readonly [T in S3Spec['transport']]: (spec: S3Spec, policy: RetryPolicy) => Promise<ObjectStore> } = {
  direct: async (spec, policy) => (await import('./s3/client.ts')).openS3Store(spec, policy, (await import('./s3/transport-direct.ts')).openDirect),
  undici: async (spec, policy) => (await import('./s3/client.ts')).openS3Store(spec, policy, (await import('./s3/transport-undici.ts')).openUndici),
  sdk: async (spec, policy) => (await import('./s3-sdk.ts')).openSdkStore(spec, policy),
}
