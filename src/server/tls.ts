// TLS for the server: a certificate and its key from files, and the name by which clients can know it.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Fault } from '../util/fault.ts'

/** PEM files. Behind the certificate those of the authorities between may follow. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface Identity {
  /** PEM texts. */
  readonly cert: string
  readonly key: string
  readonly certificate: X509Certificate
}

/** @throws {Fault} 'usage' when a file cannot be read, holds something else, or the two do not belong together */
export function readIdentity({ certFile, keyFile }: TlsFiles): Identity {
  const cert = textOf(certFile), key = textOf(keyFile)
  let certificate: X509Certificate
  let privateKey: KeyObject
  try {
    certificate = new X509Certificate(cert)
  } catch (cause) {
    throw new Fault('usage', `The file ${certFile} holds no certificate.`, { info: { file: certFile }, hint: 'It begins with "-----BEGIN CERTIFICATE-----"; the key is in a file of its own.', cause })
  }
  try {
    privateKey = createPrivateKey(key)
  } catch (cause) {
    const isLocked = key.includes('ENCRYPTED')
    throw new Fault('usage', `The file ${keyFile} holds ${isLocked ? 'a private key that is protected by a passphrase' : 'no private key'}.`, {
      info: { file: keyFile }, hint: isLocked ? 'Write it without one: openssl pkey -in FILE -out OTHER.' : 'It begins with "-----BEGIN PRIVATE KEY-----", or names its kind before PRIVATE.', cause,
    })
  }
  if (!certificate.checkPrivateKey(privateKey)) throw new Fault('usage', `The key in ${keyFile} is not that of the certificate in ${certFile}.`, { info: { file: keyFile }, hint: 'Name the two that were made together.' })
  return { cert, key, certificate }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('usage', `The file ${file} cannot be read: ${(cause as Error).message}.`, { info: { file }, hint: 'Name a PEM file.', cause })
  }
}

/** The first of `names` that the certificate is for, else a name of its own; the first one where it has none. */
export function nameIn({ certificate }: Identity, names: readonly [string, ...string[]]): string {
  const fitting = names.find((name) => (isIP(bare(name)) === 0 ? certificate.checkHost(name) : certificate.checkIP(bare(name))) !== undefined)
  return fitting ?? /(?:^|, )DNS:([^*,]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? names[0]
}

function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1')
}
