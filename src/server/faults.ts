// Behind the router: what goes wrong with a request that would have gone right.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { S3Error, type S3Code } from './errors.ts'
import type { Delivery } from './fault-delivery.ts'
import type { FaultKind, FaultPlan, FaultRule } from './fault-rules.ts'
import { scheduleOf } from './fault-schedule.ts'
import type { Handler, S3Response } from './operation.ts'
import type { S3Request } from './request.ts'
import { wrongBytes, wrongChecksum, cutPage, shortPage } from './fault-answers.ts'

/** Carries out `next` for a request of `operation`, or what goes wrong instead. */
export type Faults = (operation: string, request: S3Request, next: Handler) => Promise<S3Response>

/** Faults of single requests. Those of the whole server (its clock, its connections) are not in here. */
export function createFaults(plan: FaultPlan): Faults {
  const schedule = scheduleOf(plan)
  const numRequests = new WeakMap<Socket, number>()
  return async (operation, request, next) => {
    const { socket } = request.message
    const number = (numRequests.get(socket) ?? 0) + 1
    numRequests.set(socket, number)
    let handler = next
    // The first rule is the outermost.
    for (const rule of schedule.next(operation, (each) => concerns(each, request, number)).toReversed()) {
      const inner = handler
      handler = (asked) => effects[rule.kind](asked, inner, rule)
    }
    return await handler(request)
  }
}

function concerns({ kind, value }: FaultRule, { method, headers, query }: S3Request, number: number): boolean {
  if (kind === 'repeated-page') return query.parameters.has('continuation-token')
  if (kind === 'lost-part') return method === 'POST' && query.parameters.has('uploadId')
  if (kind === 'wrong-checksum') return hasChecksum({ method, headers, query })
  if (kind === 'ignored-range') return headers.has('range')
  // Without a time, the connection ends while another request is under way to it.
  if (kind === 'idle-close') return value !== undefined || number > 1
  return true
}

/** Whether an answer may tell a checksum: of content that came with one, of a whole upload, or to a reader who asks for it. */
function hasChecksum({ method, headers, query }: Pick<S3Request, 'method' | 'headers' | 'query'>): boolean {
  if (method === 'PUT') return [...headers.keys()].some((name) => /^x-amz-(?:checksum-|sdk-checksum-algorithm$|trailer$)/.test(name))
  return method === 'POST' ? query.parameters.has('uploadId') : headers.has('x-amz-checksum-mode')
}

type Effect = (request: S3Request, next: Handler, rule: FaultRule) => S3Response | Promise<S3Response>

const refusal = (code: S3Code): Effect => (_, __, { value }) => {
  throw new S3Error(code, value === undefined ? {} : { headers: { 'retry-after': String(value / 1000) } })
}

/** The answer with changes. */
const changed = (change: (response: S3Response) => S3Response | Promise<S3Response>): Effect => async (request, next) => await change(await next(request))

/** The answer to a request without this header or parameter, which the answer ignores. */
const ignoring = (name: string): Effect => (request, next) => (
  next({ ...request, headers: without(request.headers, name), query: { ...request.query, parameters: without(request.query.parameters, name) } }))

function without(map: ReadonlyMap<string, string>, name: string): ReadonlyMap<string, string> {
  return new Map([...map].filter(([each]) => each !== name))
}

const nothing: S3Response = { status: 200 }
const asItIs: Effect = (request, next) => next(request)

const withDelivery = (delivery: Delivery): Effect => changed((response) => ({ ...response, delivery: { ...response.delivery, ...delivery } }))

/** The first half of the body, and then `end`. */
const halfOf = (end: NonNullable<Delivery['end']>): Effect => changed((response) => (
  { ...response, delivery: { ...response.delivery, bodyBytes: Math.floor(lengthOf(response) / 2), end } }))

function lengthOf({ body }: S3Response): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body?.length ?? 0
}

const effects: Readonly<Record<FaultKind, Effect>> = {
  latency: async (request, next, { value }) => {
    await elapsed(value!, request.message.socket)
    return await next(request)
  },
  bandwidth: async (request, next, { value }) => {
    const response = await next(request)
    return { ...response, delivery: { ...response.delivery, bytesPerSecond: value! } }
  },
  'slow-down': refusal('SlowDown'),
  'too-many-requests': refusal('TooManyRequests'),
  'internal-error': refusal('InternalError'),
  'request-timeout': refusal('RequestTimeout'),
  'expired-token': refusal('ExpiredToken'),
  'redirect-loop': ({ message, resource }) => {
    throw new S3Error('TemporaryRedirect', { headers: { location: `${'encrypted' in message.socket ? 'https' : 'http'}://${message.headers.host ?? ''}${resource}` } })
  },
  'no-answer': () => ({ ...nothing, delivery: { isMute: true, end: 'stall' } }),
  reset: () => ({ ...nothing, delivery: { isMute: true, end: 'reset' } }),
  'lost-answer': withDelivery({ isMute: true, end: 'reset' }),
  'idle-close': async (request, next, { value }) => {
    if (value === undefined) return { ...nothing, delivery: { isMute: true, end: 'close' } }
    const response = await next(request)
    closeWhenIdle(request.message.socket, value)
    return response
  },
  'reset-body': halfOf('reset'),
  'short-body': halfOf('close'),
  'stalled-body': halfOf('stall'),
  'wrong-length': changed((response) => {
    const length = lengthOf(response)
    if (length < 2) return response
    return { ...response, headers: { ...response.headers, 'content-length': String(length - 1) }, delivery: { ...response.delivery, bodyBytes: length - 1 } }
  }),
  'wrong-etag': changed((response) => ({ ...response, headers: { ...response.headers, etag: '"00000000000000000000000000000000"' } })),
  'wrong-bytes': changed(wrongBytes),
  'wrong-checksum': changed(wrongChecksum),
  'lost-part': (request, next) => next({ ...request, losesPart: true }),
  'ignored-range': ignoring('range'),
  'repeated-page': ignoring('continuation-token'),
  'cut-page': changed(cutPage),
  'short-page': changed(shortPage),
  'slow-accept': asItIs,
  'clock-skew': asItIs,
}

/** Resolves after so many milliseconds, or when nobody waits any more. */
async function elapsed(milliseconds: number, socket: Socket): Promise<void> {
  const gone = new AbortController()
  await Promise.race([pause(milliseconds, undefined, { signal: gone.signal }).catch(() => {}), once(socket, 'close', { signal: gone.signal }).catch(() => {})])
  gone.abort()
}

/** Without a word, and unless something came meanwhile. */
function closeWhenIdle(socket: Socket, milliseconds: number): void {
  let last = socket.bytesRead
  const look = (): void => {
    if (socket.destroyed) return
    if (socket.bytesRead === last && socket.writableLength === 0) { socket.destroy(); return }
    last = socket.bytesRead
    setTimeout(look, milliseconds).unref()
  }
  setTimeout(look, milliseconds).unref()
}
