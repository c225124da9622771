// Servers of others that can be had from their package registries, each pinned: what they do otherwise than S3 (quirks.ts) changes with their versions.

import { randomBytes } from 'node:crypto'
import path from 'node:path'

/** TLS with a certificate of ours, and buckets in the host name. */
export interface Secure {
  /** Below which buckets are. */
  readonly domain: string
  /** PEM files. */
  readonly certFile: string
  readonly keyFile: string
}

/** Where a server is to listen, and what it may use. */
export interface Place {
  /** On 127.0.0.1. */
  readonly port: number
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** An empty folder of its own. */
  readonly folder: string
  /** Absent: plain HTTP, buckets in the path. */
  readonly secure?: Secure
}

export interface Command {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** To be made first, below the folder. */
  readonly folders?: readonly string[]
  /** Copies to be made next: names below the folder, of which files. */
  readonly files?: Readonly<Record<string, string>>
}

export interface Recipe {
  readonly name: string
  /** What installs it: `go install`, or pip in a virtual environment. */
  readonly by: 'go' | 'pip'
  /** As the installer wants it, without the version. */
  readonly packageName: string
  readonly version: string
  /** Of the program that the package brings. */
  readonly program: string
  /** Whether it is tested with TLS and buckets in the host name too. */
  readonly canBeSecure: boolean
  readonly command: (place: Place) => Command
}

export const recipes: readonly Recipe[] = [
  {
    name: 'minio', by: 'go', packageName: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c', program: 'minio', canBeSecure: true,
    command: ({ port, accessKeyId, secretAccessKey, folder, secure }) => ({
      args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, '--certs-dir', path.join(folder, 'certs'), path.join(folder, 'data')],
      env: { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off', MINIO_CI_CD: '1', MINIO_KMS_SECRET_KEY: `interop:${randomBytes(32).toString('base64')}`, ...(secure ? { MINIO_DOMAIN: secure.domain } : {}) },
      folders: ['certs', 'data'],
      ...(secure ? { files: { 'certs/public.crt': secure.certFile, 'certs/private.key': secure.keyFile } } : {}),
    }),
  },
  {
    name: 'versitygw', by: 'go', packageName: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0', program: 'versitygw', canBeSecure: true,
    command: ({ port, accessKeyId, secretAccessKey, folder, secure }) => ({
      // Metadata in a folder of its own: not every file system has the attributes it would use.
      args: ['--quiet', '--access', accessKeyId, '--secret', secretAccessKey, '--port', `127.0.0.1:${port}`, '--region', 'us-east-1',
        ...(secure ? ['--cert', secure.certFile, '--key', secure.keyFile, '--virtual-domain', secure.domain] : []), 'posix', '--sidecar', path.join(folder, 'metadata'), '--versioning-dir', path.join(folder, 'versions'), path.join(folder, 'data')],
      folders: ['metadata', 'versions', 'data'],
    }),
  },
  {
    name: 'moto', by: 'pip', packageName: 'moto[server]', version: '5.2.5', program: 'moto_server', canBeSecure: false,
    command: ({ port }) => ({ args: ['-H', '127.0.0.1', '-p', String(port)] }),
  },
]
