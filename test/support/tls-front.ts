// TLS before a plain server, in a thread of its own: its memory and its CPU time are not the client's.

import path from 'node:path'
import { Worker } from 'node:worker_threads'

export interface TlsFront {
  /** "https://localhost:…". */
  readonly endpoint: string
  readonly close: () => Promise<unknown>
}

/** Leads to the server at `endpoint`, with the certificate of the fixtures. */
export async function startTlsFront(endpoint: string): Promise<TlsFront> {
  const worker = new Worker(new URL(`./tls-front-thread${path.extname(import.meta.url)}`, import.meta.url), { workerData: endpoint })
  const port = await new Promise<number>((resolve, reject) => { worker.once('message', resolve).once('error', reject) })
  return { endpoint: `https://localhost:${port}`, close: () => worker.terminate() }
}
