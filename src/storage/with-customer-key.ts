// Wrapper: a store that is sent a customer's key for encryption refuses another one as if it were a matter of permissions. Says that it may be the key.

import { Fault, isFault } from '../util/fault.ts'
import { sessionMayHaveEnded } from './s3/refusal-hints.ts'
import type { RequestHeaders } from './s3/request-headers.ts'
import type { ObjectStore } from './store.ts'

/** The store itself where no customer's key is sent. */
export function withCustomerKey(store: ObjectStore, headers: RequestHeaders | undefined): ObjectStore {
  if (!headers || headers.content.length === 0) return store
  return {
    name: store.name, listsWhole: store.listsWhole === true,
    list: (prefix, options) => store.list(prefix, options),
    head: (key, options) => told(store.head(key, options)),
    read: (key, range, into, options) => told(store.read(key, range, into, options)),
    write: (key, body, options) => told(store.write(key, body, options)),
    delete: (keys, options) => store.delete(keys, options),
    ...(store.versions ? { versions: store.versions } : {}),
    createContainer: (options) => store.createContainer(options),
    close: () => store.close(),
  }
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw withHint(error)
  }
}

function withHint(error: unknown): unknown {
  if (!isFault(error, 'storage') || !['denied', 'invalid'].includes(error.info.reason) || (error.info.status !== 400 && error.info.status !== 403)) return error
  const key = 'storage_options.sse_customer_key is the one that the object was written with'
  const first = error.hint?.startsWith(sessionMayHaveEnded) ? sessionMayHaveEnded : ''
  return new Fault('storage', error.message, { info: error.info, hint: error.info.reason === 'denied' && error.hint !== undefined ? `check that ${key}; if it is, ${error.hint}` : `${first}check that ${key}`, cause: error.cause })
}
