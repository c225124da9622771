// Tests that may be skipped by name, and a check that each name is one of a test.

import assert from 'node:assert/strict'
import { test as named, type TestContext } from 'node:test'
import type { OwnBucket } from './bucket.ts'
import type { TransportName } from './endpoint.ts'

export type NamedTest = (name: string, run: (context: TestContext) => Promise<void>) => void

/** What a part of the suite is given. */
export interface SuiteContext {
  readonly transport: TransportName
  readonly test: NamedTest
  /** To be asked within tests. */
  readonly bucket: () => OwnBucket
}

export function differingTests(differs: Readonly<Record<string, string>>): { test: NamedTest; checkNames: () => void } {
  const names = new Set<string>()
  return {
    test: (name, run) => {
      names.add(name)
      named(name, { skip: differs[name] ?? false }, run)
    },
    checkNames: () => {
      named('every difference names a test', () => { assert.deepEqual(Object.keys(differs).filter((name) => !names.has(name)), []) })
    },
  }
}
