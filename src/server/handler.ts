// The chain a request goes through: authentication, then its operation. What is to go wrong stands behind the router.

import type { Authentication } from './authentication.ts'
import { S3Error } from './errors.ts'
import type { Faults } from './faults.ts'
import type { Handler, Layer, Operation, ServerState } from './operation.ts'
import { emptySha256 } from './payload.ts'
import type { S3Request } from './request.ts'
import { route } from './router.ts'
import type { Statistics } from './statistics.ts'

export interface HandlerParts {
  readonly state: ServerState
  readonly authentication: Authentication
  readonly statistics: Statistics
  /** Absent: nothing goes wrong. */
  readonly faults?: Faults | undefined
}

export function createHandler({ state, authentication, statistics, faults }: HandlerParts): Handler {
  const layers: readonly Layer[] = [withAuthentication(authentication, statistics)]
  return layers.reduceRight((next, layer) => layer(next), operations(state, statistics, faults))
}

function withAuthentication(authentication: Authentication, statistics: Statistics): Layer {
  return (next) => (request) => {
    try {
      request.payload = authentication.verify(request)
    } catch (error) {
      statistics.count('Refused')
      throw error
    }
    return next(request)
  }
}

function operations(state: ServerState, statistics: Statistics, faults: Faults | undefined): Handler {
  return (request) => {
    let operation: Operation
    try {
      operation = route(request)
    } catch (error) {
      statistics.count('Refused')
      throw error
    }
    statistics.count(operation.name)
    if (!operation.body) checkNoBody(request)
    return faults ? faults(operation.name, request, (asked) => operation.run(asked, state)) : operation.run(request, state)
  }
}

function checkNoBody({ headers, payload }: S3Request): void {
  if ((headers.get('content-length') ?? '0') !== '0' || headers.has('transfer-encoding') || payload.chunks) {
    throw new S3Error('InvalidRequest', { message: 'This request may not have a body.' })
  }
  if (payload.sha256 !== undefined && payload.sha256 !== emptySha256) throw new S3Error('XAmzContentSHA256Mismatch')
}
