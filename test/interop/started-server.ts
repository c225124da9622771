// A server of others as a child process on loopback, in a folder that goes with it.

import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { fixture } from '../support/root.ts'
import { sdkClient } from './bucket.ts'
import { freshCredentials, type Endpoint } from './endpoint.ts'
import { start, stop } from './program.ts'
import type { Recipe } from './recipes.ts'

export interface StartedServer {
  readonly endpoint: Endpoint
  /** The last of what it printed. */
  output(): string
  stop(): Promise<void>
}

/** Until it answers; Go programs do in a second, Python's in a few. */
const startLimitSeconds = 60

/** Below which buckets are, where they are in the host name. */
const domain = 's3.localhost'

/** @throws with what the server printed when it does not answer */
export async function startRecipe(recipe: Recipe, file: string, isSecure: boolean): Promise<StartedServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `dlio-s3-interop-${recipe.name}-`))
  const credentials = freshCredentials()
  const port = await freePort()
  const secure = { domain, certFile: fixture('tls', 'loopback.cert.pem'), keyFile: fixture('tls', 'loopback.key.pem') }
  const { args, env = {}, folders = [], files = {} } = recipe.command({ port, folder, ...credentials, ...(isSecure ? { secure } : {}) })
  for (const name of folders) await mkdir(path.join(folder, name))
  for (const [name, from] of Object.entries(files)) await copyFile(from, path.join(folder, name))
  const server = start({ file, args, env: { ...env, HOME: folder }, cwd: folder })
  const endpoint: Endpoint = isSecure
    ? { endpoint: `https://${domain}:${port}`, region: 'us-east-1', credentials, caFile: fixture('tls', 'server-ca.cert.pem'), isVirtual: true }
    : { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials }
  const close = async (): Promise<void> => {
    await stop(server)
    await rm(folder, { recursive: true, force: true })
  }
  if (!await answers(endpoint, server.ended)) {
    await close()
    throw new Error(`${recipe.name} does not answer: ${server.output().slice(-2000)}`)
  }
  return { endpoint, output: server.output, stop: close }
}

/** Asks until it is answered. False: it has ended, or the time is over. */
async function answers(endpoint: Endpoint, ended: Promise<unknown>): Promise<boolean> {
  const client = sdkClient(endpoint)
  const life = { isOver: false }
  void ended.then(() => { life.isOver = true })
  const limit = AbortSignal.timeout(startLimitSeconds * 1000)
  try {
    while (!life.isOver && !limit.aborted) {
      try {
        await client.send(new ListBucketsCommand({}), { abortSignal: limit })
        return true
      } catch {
        await sleep(100)
      }
    }
    return false
  } finally {
    client.destroy()
  }
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve, reject) => { listener.once('error', reject).listen(0, '127.0.0.1', resolve) })
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => { listener.close(resolve) })
  return port
}
