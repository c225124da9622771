// Headers on the requests of the AWS SDK: put there before it signs.

import { askChecksum } from './s3/read-checksum.ts'
import { headersFor, type RequestHeaders } from './s3/request-headers.ts'
import { unsignedPayload } from './s3/sigv4.ts'

interface Stack {
  add(middleware: (next: (args: never) => Promise<unknown>, context: { readonly commandName?: string }) => (args: never) => Promise<unknown>, options: { readonly step: 'build' }): void
}

const kinds: Readonly<Record<string, 'make' | 'content'>> = {
  PutObjectCommand: 'make', CreateMultipartUploadCommand: 'make', UploadPartCommand: 'content', CompleteMultipartUploadCommand: 'content', GetObjectCommand: 'content', HeadObjectCommand: 'content',
}

/** A user's own. */
export function sendAlong(stack: Stack, headers: RequestHeaders): void {
  withHeaders(stack, (commandName) => Object.fromEntries(headersFor(headers, kinds[commandName] ?? 'other')))
}

/** What the store tells is then ours to check: asked as a parameter of the command, the SDK would check it, and not say whether it did. */
export function askForChecksums(stack: Stack): void {
  withHeaders(stack, (commandName): Record<string, string> => commandName === 'GetObjectCommand' ? Object.fromEntries([askChecksum]) : {})
}

/** The signer takes what stands there already; by itself it signs all bodies that are in memory. */
export function leaveBodiesUnsigned(stack: Stack): void {
  withHeaders(stack, () => ({ 'x-amz-content-sha256': unsignedPayload }))
}

function withHeaders(stack: Stack, headersOf: (commandName: string) => Readonly<Record<string, string>>): void {
  stack.add((next, { commandName = '' }) => async (args) => {
    Object.assign((args as { request: { headers: object } }).request.headers, headersOf(commandName))
    return await next(args)
  }, { step: 'build' })
}
