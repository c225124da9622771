// nginx as an object store that costs next to nothing: GET and HEAD of files by sendfile, listings passed on to somebody who can.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ended } from './child.ts'

export interface NginxPlan {
  readonly program: string
  /** For its own files. */
  readonly folder: string
  /** The folder of the bucket `bucket` lies in it. */
  readonly root: string
  readonly bucket: string
  /** As in "http://127.0.0.1:49152". */
  readonly listEndpoint: string
}

export interface Nginx {
  readonly endpoint: string
  close(): Promise<void>
}

function configuration({ folder, root, bucket, listEndpoint }: NginxPlan, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${path.join(folder, name)};`).join('\n')
  const listing = [`/${bucket}`, `/${bucket}/`].map((place) => `    location = ${place} { proxy_pass ${listEndpoint}; proxy_http_version 1.1; proxy_set_header Connection ""; }`).join('\n')
  return `daemon off;
worker_processes 1;
pid ${path.join(folder, 'nginx.pid')};
error_log ${path.join(folder, 'error.log')} warn;
${process.getuid?.() === 0 ? 'user root root;' : ''}
events { worker_connections 512; }
http {
${temporary}
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  open_file_cache max=8192 inactive=3600s;
  open_file_cache_valid 3600s;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${root};
${listing}
  }
}
`
}

/** Free when asked; whoever takes it in between makes nginx fail, loudly. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const startTriesEvery = 20 /* milliseconds */
const startTries = 250

export async function startNginx(plan: NginxPlan): Promise<Nginx> {
  await mkdir(plan.folder, { recursive: true })
  const port = await freePort()
  const file = path.join(plan.folder, 'nginx.conf')
  await writeFile(file, configuration(plan, port))
  const child = spawn(plan.program, ['-p', plan.folder, '-c', file, '-e', path.join(plan.folder, 'error.log')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  child.once('error', (error) => { said += error.message })
  for (let tries = 0; !await answers(port); tries++) {
    if (child.exitCode !== null || tries === startTries) {
      await ended(child)
      throw new Error(`nginx does not start: ${said.trim()}`)
    }
    await pause(startTriesEvery)
  }
  return { endpoint: `http://127.0.0.1:${port}`, close: () => ended(child) }
}
