// `serve`: the built-in S3 server on its own, for tests, teaching and other clients.

import { randomBytes } from 'node:crypto'
import { startServer, type Credentials } from '../server/server.ts'
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
  const { credentials, shown, warning } = acceptedCredentials(flags, process.env)
  const tls = tlsFiles(flags)
  const server = await startServer({
    host: flags.host, port: flags.port, buckets: [...flags.bucket], credentials: [credentials],
    ...(flags.faults.length === 0 ? {} : { faults: flags.faults.join(',') }),
    ...(flags.versioned ? { versioned: true } : {}),
    ...(tls ? { tls } : {}),
    ...(flags.directory === undefined ? {} : { directory: flags.directory }),
  })
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`)
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

interface Accepted {
  readonly credentials: Credentials
  /** Those that a client does not find in the environment: they have no other way to their user. */
  readonly shown: { readonly AWS_ACCESS_KEY_ID?: string; readonly AWS_SECRET_ACCESS_KEY?: string }
  readonly warning?: string
}

/** Those of the environment, as clients take them from there: with their session token, where both keys are its own. What is missing is made up. */
function acceptedCredentials({ accessKeyId: named }: Pick<ServeFlags, 'accessKeyId'>, env: NodeJS.ProcessEnv): Accepted {
  const [id, secret, token] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => env[name]?.trim() || undefined)
  const accessKeyId = named ?? id ?? `DLIOS3${randomBytes(7).toString('hex').toUpperCase()}`
  const secretAccessKey = secret ?? randomBytes(30).toString('base64url')
  const isFromEnvironment = accessKeyId === id && secret !== undefined
  return {
    credentials: { accessKeyId, secretAccessKey, ...(isFromEnvironment && token !== undefined ? { sessionToken: token } : {}) },
    shown: isFromEnvironment ? {} : { AWS_ACCESS_KEY_ID: accessKeyId, ...(secret === undefined ? { AWS_SECRET_ACCESS_KEY: secretAccessKey } : {}) },
    ...(isFromEnvironment || token === undefined ? {} : { warning: 'AWS_SESSION_TOKEN belongs to other keys than those accepted here: unset it for clients, or they are refused' }),
  }
}
