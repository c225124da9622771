// What is to go wrong, from the text of --faults: rules of a kind, its value, the operations it is for, and when it applies.
// The grammar is in docs/semantics.md.

import { Fault } from '../util/fault.ts'
import { parseSize } from '../util/units.ts'

interface KindTraits {
  /** What its value is. Absent: it takes none. */
  readonly value?: 'time' | 'signed time' | 'bytes per second'
  readonly needsValue?: boolean
  /** The operations it is for where the rule names none. */
  readonly operations: OperationGroup
  /** Those that it can do something to. Absent: all. */
  readonly only?: readonly OperationGroup[]
  /** It holds for the whole server: nothing may be chosen. */
  readonly isAlways?: boolean
}

/** By their names in `--faults`. */
const operationGroups = {
  any: undefined,
  get: ['GetObject'],
  head: ['HeadObject', 'HeadBucket'],
  put: ['PutObject', 'UploadPart'],
  list: ['ListObjectsV2', 'ListObjects'],
  delete: ['DeleteObject', 'DeleteObjects'],
  upload: ['CreateMultipartUpload', 'CompleteMultipartUpload', 'AbortMultipartUpload'],
} as const satisfies Record<string, readonly string[] | undefined>

type OperationGroup = keyof typeof operationGroups

export const faultKinds = [
  'latency', 'bandwidth', 'slow-accept', 'slow-down', 'too-many-requests', 'internal-error', 'request-timeout', 'expired-token', 'redirect-loop',
  'no-answer', 'reset', 'lost-answer', 'idle-close', 'reset-body', 'short-body', 'stalled-body', 'wrong-length', 'wrong-etag', 'wrong-bytes',
  'wrong-checksum', 'lost-part', 'ignored-range', 'repeated-page', 'cut-page', 'short-page', 'clock-skew',
] as const

export type FaultKind = typeof faultKinds[number]

/** Whose answers have a body. */
const bodies: readonly OperationGroup[] = ['any', 'get', 'list', 'delete', 'upload']
const objects: readonly OperationGroup[] = ['any', 'get']
const pages: readonly OperationGroup[] = ['any', 'list']

const kinds: Readonly<Record<FaultKind, KindTraits>> = {
  latency: { value: 'time', needsValue: true, operations: 'any' },
  bandwidth: { value: 'bytes per second', needsValue: true, operations: 'get' },
  'slow-accept': { value: 'time', needsValue: true, operations: 'any', isAlways: true },
  'slow-down': { value: 'time', operations: 'any' },
  'too-many-requests': { value: 'time', operations: 'any' },
  'internal-error': { operations: 'any' },
  'request-timeout': { operations: 'any' },
  'expired-token': { operations: 'any' },
  'redirect-loop': { operations: 'any' },
  'no-answer': { operations: 'any' },
  reset: { operations: 'any' },
  'lost-answer': { operations: 'any' },
  'idle-close': { value: 'time', operations: 'any' },
  'reset-body': { operations: 'get', only: bodies },
  'short-body': { operations: 'get', only: bodies },
  'stalled-body': { operations: 'get', only: bodies },
  'wrong-length': { operations: 'get' },
  'wrong-etag': { operations: 'get' },
  'wrong-bytes': { operations: 'get', only: objects },
  'wrong-checksum': { operations: 'any', only: ['any', 'get', 'head', 'put', 'upload'] },
  'lost-part': { operations: 'upload', only: ['any', 'upload'] },
  'ignored-range': { operations: 'get', only: objects },
  'repeated-page': { operations: 'list', only: pages },
  'cut-page': { operations: 'list' },
  'short-page': { operations: 'list', only: pages },
  'clock-skew': { value: 'signed time', needsValue: true, operations: 'any', isAlways: true },
}

/** Which of the requests that a rule is for it applies to, counted from 1. */
export type FaultTimes =
  | { readonly kind: 'numbers'; readonly first: number; readonly last: number }
  | { readonly kind: 'every'; readonly step: number }
  | { readonly kind: 'share'; readonly share: number }

export interface FaultRule {
  readonly kind: FaultKind
  /** Milliseconds, or bytes per second. */
  readonly value?: number
  /** Names as of the router. Absent: all. */
  readonly operations?: readonly string[]
  readonly times: FaultTimes
}

export interface FaultPlan {
  readonly rules: readonly FaultRule[]
  /** Of the shares. */
  readonly seed: number
}

const always: FaultTimes = { kind: 'numbers', first: 1, last: Infinity }
const item = /^([a-z-]+)(?:=([^:@]*))?(?::([^@]*))?(?:@(.*))?$/

/** "slow-down=1s:get@2%,latency=20ms,seed=7". @throws {Fault} 'usage' with the item that is wrong */
export function parseFaults(text: string): FaultPlan {
  const rules: FaultRule[] = []
  let seed = 0
  for (const part of text.split(',').map((each) => each.trim()).filter((each) => each !== '')) {
    const seedText = /^seed=(\d{1,10})$/.exec(part)?.[1]
    if (seedText === undefined) rules.push(ruleOf(part))
    else seed = Number(seedText) >>> 0
  }
  return { rules, seed }
}

function ruleOf(part: string): FaultRule {
  const [, kind = '', valueText, operation, timesText] = item.exec(part) ?? []
  if (!Object.hasOwn(kinds, kind)) throw wrong(part, `is none of: ${faultKinds.join(', ')}`)
  const traits = kinds[kind as FaultKind]
  if (operation !== undefined && !Object.hasOwn(operationGroups, operation)) throw wrong(part, `the operation is one of ${Object.keys(operationGroups).join(', ')}`)
  if (traits.only && operation !== undefined && !traits.only.includes(operation as OperationGroup)) throw wrong(part, `${kind} can do nothing to ${operation}: its operation is one of ${traits.only.join(', ')}`)
  if (traits.isAlways && (operation ?? timesText) !== undefined) throw wrong(part, `${kind} is for the whole server: no operation and no @`)
  const operations = operationGroups[(operation ?? traits.operations) as OperationGroup]
  const value = valueOf(part, traits, valueText)
  return {
    kind: kind as FaultKind, times: timesText === undefined ? always : timesOf(part, timesText),
    ...(operations ? { operations } : {}), ...(value === undefined ? {} : { value }),
  }
}

function valueOf(part: string, { value: kind, needsValue = false }: KindTraits, text: string | undefined): number | undefined {
  if (text === undefined) {
    if (needsValue) throw wrong(part, kind === 'bytes per second' ? 'needs bytes per second, as in =10MiB' : 'needs a time, as in =20ms')
    return undefined
  }
  if (kind === undefined) throw wrong(part, 'takes no value')
  if (kind === 'bytes per second') {
    const bytes = parseSize(text)
    if (bytes === undefined || bytes <= 0) throw wrong(part, 'needs bytes per second, as in =10MiB')
    return bytes
  }
  const [, sign, number, unit] = /^(-?)(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  if (number === undefined || (sign === '-' && kind !== 'signed time')) throw wrong(part, 'needs a time, as in =20ms, =2s or =15m')
  return Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'] * (sign === '-' ? -1 : 1)
}

function timesOf(part: string, text: string): FaultTimes {
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (share !== undefined && Number(share) <= 100) return { kind: 'share', share: Number(share) / 100 }
  const step = /^\/([1-9]\d{0,8})$/.exec(text)?.[1]
  if (step !== undefined) return { kind: 'every', step: Number(step) }
  const [, first, dash, last] = /^([1-9]\d{0,8})(-([1-9]\d{0,8})?)?$/.exec(text)?.map((group, i) => (i === 2 ? group?.slice(0, 1) : group)) ?? []
  if (first === undefined || (last !== undefined && Number(last) < Number(first))) throw wrong(part, 'when is @3, @1-3, @4-, @/5 (each fifth) or @2%')
  return { kind: 'numbers', first: Number(first), last: last !== undefined ? Number(last) : dash === undefined ? Number(first) : Infinity }
}

function wrong(part: string, why: string): Fault<'usage'> {
  return new Fault('usage', `--faults ${JSON.stringify(part)}: ${why}`, { info: { key: 'faults' }, hint: 'items are KIND[=VALUE][:OPERATION][@WHEN], or seed=N, with commas between' })
}
