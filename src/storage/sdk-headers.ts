// A user's headers on the requests of the AWS SDK: put there before it signs.

import { headersFor, type RequestHeaders } from './s3/request-headers.ts'

interface Stack {
  add(middleware: (next: (args: never) => Promise<unknown>, context: { readonly commandName?: string }) => (args: never) => Promise<unknown>, options: { readonly step: 'build' }): void
}

const kinds: Readonly<Record<string, 'make' | 'content'>> = {
  PutObjectCommand: 'make', CreateMultipartUploadCommand: 'make', UploadPartCommand: 'content', GetObjectCommand: 'content', HeadObjectCommand: 'content',
}

export function sendAlong(stack: Stack, headers: RequestHeaders): void {
  stack.add((next, { commandName = '' }) => async (args) => {
    Object.assign((args as { request: { headers: object } }).request.headers, Object.fromEntries(headersFor(headers, kinds[commandName] ?? 'other')))
    return await next(args)
  }, { step: 'build' })
}
