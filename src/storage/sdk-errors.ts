// What the AWS SDK throws, in the Faults that our own client uses for the same thing.

import { isFault, throwIfAborted } from '../util/fault.ts'
import { storageFault, truncated, type FaultContext } from './faults.ts'
import { refusalFault, regionNamed } from './s3/errors.ts'
import { networkFault } from './s3/network-errors.ts'

interface SdkError extends Error {
  readonly code?: string
  readonly Code?: string
  readonly Region?: string
  readonly StorageClass?: string
  readonly Header?: string
  readonly ArgumentName?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string | undefined>> }
}

/** The Fault of what a command threw, or the bug itself. */
export function sdkFault(error: unknown, context: FaultContext, signal: AbortSignal | undefined): unknown {
  if (isFault(error)) return error
  try { throwIfAborted(signal) } catch (aborted) { return aborted }
  if (!(error instanceof Error)) return error
  const { name, message, code, $metadata, $response, Region, StorageClass, Header, ArgumentName } = error as SdkError
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  // The SDK then failed to read an answer that was none of S3. What a proxy refuses with a page of its own says enough by its status.
  const isUnreadable = name === 'SyntaxError' || message.includes('Deserialization error')
  if (isUnreadable && (status === undefined || status < 300)) {
    return storageFault('protocol', `${context.endpoint} answered${status === undefined ? '' : ` ${status}`} with something else than S3: ${message.split('\n')[0]}`, context, { hint: 'check that the endpoint is an S3 API', cause: error })
  }
  if (status !== undefined && status >= 300) {
    const headers = $response?.headers ?? {}
    const s3Code = (error as SdkError).Code ?? name
    return refusalFault({
      // For answers without a body the SDK makes names of its own.
      status, code: isUnreadable || /^(Unknown|UnknownError|NotFound|Error|\d+)$/.test(s3Code) ? undefined : s3Code, message: isUnreadable || message === 'UnknownError' ? undefined : message,
      requestId: $metadata?.requestId, region: regionNamed(Region ?? headers['x-amz-bucket-region']), retryAfter: headers['retry-after'], date: headers['date'],
      storageClass: StorageClass, subject: Header ?? ArgumentName,
    }, context)
  }
  if (name === 'TimeoutError' && code === undefined) return storageFault('timeout', `${context.endpoint} did not answer in time: ${message}`, context, { hint: 'the store or the network is overloaded', cause: error })
  if (code?.startsWith('HPE_')) return storageFault('protocol', `${context.endpoint} does not speak HTTP: ${code}`, context, { hint: 'check that the endpoint is an S3 API and not a console, a proxy or another service', cause: error })
  if (code !== undefined || error instanceof AggregateError) return networkFault(error, 'did not answer', context)
  if (message === 'aborted' || message.includes('socket hang up')) return truncated(context.key ?? '', 0, 0, context)
  return error
}

/** Where the bucket is, when `error` is a refusal for being asked in another region. */
export function regionOf(error: unknown): string | undefined {
  if (!isFault(error, 'storage')) return undefined
  const { reason, status, region } = error.info
  return reason === 'redirect' || status === 400 ? region : undefined
}
