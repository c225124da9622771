// resolveCredentials in a process of its own.

import { spawn } from 'node:child_process'
import path from 'node:path'
import type { CredentialsRequest } from '../../../src/storage/s3/credentials.ts'

export interface Resolved {
  readonly found?: { readonly credentials: { readonly accessKeyId: string; readonly sessionToken?: string; readonly expiresAtMilliseconds?: number }; readonly source: string }
  readonly message?: string
  readonly hint?: string
  readonly milliseconds: number
  readonly stderr: string
  readonly metadata?: string
}

/** What a process with exactly this environment finds. The SDK reads the process's own, so it must be one. */
export async function resolveIn(env: Record<string, string>, request: CredentialsRequest, seen = 'process.env'): Promise<Resolved> {
  const module = new URL(`../../../src/storage/s3/credentials${path.extname(import.meta.url)}`, import.meta.url).href
  const script = `
    const { resolveCredentials } = await import(${JSON.stringify(module)})
    const begin = performance.now()
    const result = await resolveCredentials(${JSON.stringify(request)}, ${seen}).then((found) => ({ found }), ({ message, hint }) => ({ message, hint }))
    console.log(JSON.stringify({ ...result, milliseconds: performance.now() - begin, metadata: process.env.AWS_EC2_METADATA_DISABLED }))
    process.exit()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = '', stderr = ''
  child.stdout.on('data', (chunk) => { stdout += chunk })
  child.stderr.on('data', (chunk) => { stderr += chunk })
  await new Promise((resolve) => { child.once('close', resolve) })
  return { ...JSON.parse(stdout || '{}'), stderr }
}
