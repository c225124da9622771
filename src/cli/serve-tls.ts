// TLS of `serve`: which files, and what its clients have to be told to trust it.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { TlsFiles } from '../server/tls.ts'
import { Fault } from '../util/fault.ts'

export interface TlsFlags {
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** Undefined where plain HTTP is asked for. @throws {Fault} 'usage' for one without the other */
export function tlsFiles({ tlsCert, tlsKey }: TlsFlags): TlsFiles | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) return { certFile: path.resolve(tlsCert), keyFile: path.resolve(tlsKey) }
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  const [given, missing] = tlsKey === undefined ? ['--tls-cert', '--tls-key'] : ['--tls-key', '--tls-cert']
  throw new Fault('usage', `${given} needs ${missing} beside it`, { info: { key: missing }, hint: 'a certificate and its private key are PEM files that were made together' })
}

export interface Trust {
  /** Settings of clients. */
  readonly settings: Readonly<Record<string, string>>
  /** For people. */
  readonly text: string
}

/** Of files that the server has taken. */
export function trustIn({ certFile }: TlsFiles): Trust {
  const certificate = new X509Certificate(readFileSync(certFile))
  if (certificate.checkIssued(certificate)) return { settings: { AWS_CA_BUNDLE: certFile }, text: `clients trust it with --ca-file ${certFile}, or AWS_CA_BUNDLE` }
  return { settings: {}, text: `clients trust it with --ca-file FILE, or AWS_CA_BUNDLE=FILE, where FILE has the authority ${certificate.issuer.replaceAll('\n', ', ')}, unless they know that already` }
}
