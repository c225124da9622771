// The suite's own tests, against the built-in server: what fails here is not the fault of a server of others. Conformance: test/storage/stores.test.ts.

import { after } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { differencesOf } from './quirks.ts'
import { workloadsAndUploads } from './suite.ts'

const started: { server?: Promise<RunningServer> } = {}
after(async () => { await (await started.server)?.close() })

// One transport: the others are told apart by the storage tests.
workloadsAndUploads({ name: 'built-in', transport: 'direct', differs: differencesOf('built-in', 'direct').uploadsAndRuns }, () => started.server ??= startServer())
