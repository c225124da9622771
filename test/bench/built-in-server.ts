// The built-in server as a process of its own, objects in memory. Requests may be unsigned: other clients do not sign.

import { startServer, type Credentials } from '../../src/server/server.ts'

export const bucket = 'bench'

export interface BuiltInAddress {
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
}

if (process.send) {
  const { endpoint, region, credentials } = await startServer({ buckets: [bucket], allowAnonymous: true })
  process.send({ endpoint, region, credentials } satisfies BuiltInAddress)
  process.once('disconnect', () => { process.exit() })
}
