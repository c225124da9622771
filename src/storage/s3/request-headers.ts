// Headers that a user wants sent: who pays, how objects are encrypted and kept. Each goes with the requests it is for.
// Source: "Common request headers", "PutObject", "UploadPart" and "GetObject" of the Amazon S3 API Reference.

import { createHash } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { Fault } from '../../util/fault.ts'
import type { Operation } from '../faults.ts'
import type { Header } from './exchange.ts'

/** Plain data, part of a spec. Names in lower case. */
export interface RequestHeaders {
  readonly all: readonly Header[]
  /** With what makes an object: a PUT of it, and the begin of an upload. */
  readonly made: readonly Header[]
  /** With what moves its content or looks at it, parts included. */
  readonly content: readonly Header[]
}

/** What a file may name instead of the header. */
export interface NamedHeaders {
  readonly requesterPays?: boolean
  readonly serverSideEncryption?: string
  readonly kmsKeyId?: string
  /** 32 bytes in base64. */
  readonly sseCustomerKey?: string
  readonly storageClass?: string
}

const customer = 'x-amz-server-side-encryption-customer-'
/** Ours to send: they are part of the signature, or of what a request is. */
const reserved = /^x-amz-(?:date|content-sha256|security-token|decoded-content-length|checksum-|sdk-checksum|trailer|copy-source|range|algorithm|credential|signature)/
const ofMaking = /^x-amz-(?:storage-class|server-side-encryption|acl|grant-|tagging|object-lock-|meta-|website-)/

/** `lines` like "x-amz-request-payer: requester". Undefined when there is nothing to send. @throws {Fault} 'usage' */
export function requestHeaders(lines: readonly string[], named: NamedHeaders = {}): RequestHeaders | undefined {
  const headers = [...namedOf(named), ...lines.map(headerOf)]
  if (headers.length === 0) return undefined
  const twice = headers.find(([name], index) => headers.findIndex((other) => other[0] === name) < index)
  if (twice) throw usage(`the header ${twice[0]} is given twice`, 'give it once')
  return { all: headers.filter((header) => !isContent(header) && !isMade(header)), made: headers.filter(isMade), content: headers.filter(isContent) }
}

function isContent([name]: Header): boolean {
  return name.startsWith(customer)
}

function isMade(header: Header): boolean {
  return !isContent(header) && ofMaking.test(header[0])
}

/** What a request does, as far as headers go: makes an object, moves or looks at its content, or neither. */
export type RequestKind = 'make' | 'content' | 'other'

export function kindOf({ operation, method, query = '' }: { readonly operation: Operation; readonly method: string; readonly query?: string }): RequestKind {
  if (operation === 'read' || operation === 'head') return 'content'
  if (operation !== 'write' || method === 'DELETE') return 'other'
  if (method === 'PUT') return query === '' ? 'make' : 'content'
  // The end of an upload needs a customer's key too, where checksums are to be joined.
  return query.startsWith('uploads') ? 'make' : 'content'
}

/** Those that go with a request. */
export function headersFor({ all, made, content }: RequestHeaders, kind: RequestKind): readonly Header[] {
  if (kind === 'other') return all
  return kind === 'make' ? [...all, ...made, ...content] : [...all, ...content]
}

function namedOf({ requesterPays, serverSideEncryption, kmsKeyId, sseCustomerKey, storageClass }: NamedHeaders): Header[] {
  if (kmsKeyId !== undefined && !serverSideEncryption?.startsWith('aws:kms')) throw usage('kms_key_id without server_side_encryption', 'set server_side_encryption to aws:kms')
  return [
    ...(requesterPays ? [['x-amz-request-payer', 'requester'] as const] : []),
    ...(serverSideEncryption === undefined ? [] : [checked('x-amz-server-side-encryption', serverSideEncryption)]),
    ...(kmsKeyId === undefined ? [] : [checked('x-amz-server-side-encryption-aws-kms-key-id', kmsKeyId)]),
    ...(storageClass === undefined ? [] : [checked('x-amz-storage-class', storageClass)]),
    ...(sseCustomerKey === undefined ? [] : customerKey(sseCustomerKey)),
  ]
}

function customerKey(text: string): Header[] {
  const key = Buffer.from(text, 'base64')
  if (key.length !== 32 || key.toString('base64') !== text) throw usage('sse_customer_key is not 32 bytes in base64', 'make one by: openssl rand -base64 32')
  return [[`${customer}algorithm`, 'AES256'], [`${customer}key`, text], [`${customer}key-md5`, createHash('md5').update(key).digest('base64')]]
}

function headerOf(line: string): Header {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
  if (!/^x-amz-[a-z0-9-]+$/.test(name)) throw usage(`${JSON.stringify(colon < 0 ? '…' : name)} is no header that can be sent along`, 'write it like "x-amz-request-payer: requester"; only x-amz-… can be')
  if (reserved.test(name)) throw usage(`the header ${name} is this program's own`, 'leave it out')
  return checked(name, line.slice(colon + 1).trim())
}

/** The value is not told: it may be a key. */
function checked(name: string, value: string): Header {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) || value.includes('  ')) throw usage(`the header ${name} has no value that can be sent`, 'use printable ASCII without doubled spaces')
  return [name, value]
}

function usage(message: string, hint: string): Fault<'usage'> {
  return new Fault('usage', message, { info: { key: 'requestHeaders' }, hint })
}
