// `serve`: the built-in S3 server on its own, for tests, teaching and other clients.

import { randomBytes } from 'node:crypto'
import { startServer } from '../server/server.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { tlsFiles, trustIn, type TlsFlags } from './serve-tls.ts'
import { watchSignals } from './signals.ts'

export interface ServeFlags extends TlsFlags {
  readonly host: string
  readonly port: number
  readonly bucket: readonly string[]
  readonly versioned?: boolean
  readonly directory?: string
  readonly accessKeyId?: string
  readonly faults: readonly string[]
  readonly json?: boolean
}

export async function serve(flags: ServeFlags): Promise<ExitCode> {
  const accessKeyId = flags.accessKeyId ?? process.env['AWS_ACCESS_KEY_ID'] ?? `DLIOS3${randomBytes(7).toString('hex').toUpperCase()}`
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY'] ?? randomBytes(30).toString('base64url')
  const isFromEnvironment = process.env['AWS_SECRET_ACCESS_KEY'] !== undefined
  const tls = tlsFiles(flags)
  const server = await startServer({
    host: flags.host, port: flags.port, buckets: [...flags.bucket], credentials: [{ accessKeyId, secretAccessKey }],
    ...(flags.faults.length === 0 ? {} : { faults: flags.faults.join(',') }),
    ...(flags.versioned ? { versioned: true } : {}),
    ...(tls ? { tls } : {}),
    ...(flags.directory === undefined ? {} : { directory: flags.directory }),
  })
  // Credentials made up here have no other way to their user; ones that came from the environment are known there.
  const shown = isFromEnvironment ? {} : { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const trust = tls && trustIn(tls)
  const settings = { AWS_ENDPOINT_URL_S3: server.endpoint, AWS_REGION: server.region, ...trust?.settings, ...shown }
  process.stdout.write(flags.json
    ? `${JSON.stringify(settings)}\n`
    : Object.entries(settings).map(([name, value]) => `export ${name}=${value}\n`).join(''))
  if (trust) process.stderr.write(`${trust.text}\n`)
  const watch = watchSignals((line) => { process.stderr.write(`${line}\n`) })
  if (!watch.signal.aborted) await new Promise((resolve) => { watch.signal.addEventListener('abort', resolve, { once: true }) })
  await server.close()
  watch.stop()
  return exitCodes.ok
}
