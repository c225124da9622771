// Numbers, dates and JSON as Python writes them, so that DLIO's files from here and from DLIO differ in values only.
// Source: CPython json.dump(…, indent=4), float.__repr__, datetime.strftime('%Y-%m-%dT%H:%M:%S.%f').

import type { RunBegin } from '../../metrics/events.ts'
import type { Nanoseconds } from '../../util/units.ts'

/** A number that Python holds as a float: 0 becomes 0.0, and what is not finite or not known becomes null. */
export class PythonFloat {
  readonly value: number | undefined
  constructor(value: number | undefined) { this.value = value }
}

export function float(value: number | undefined): PythonFloat {
  return new PythonFloat(value)
}

export type PythonValue = string | number | PythonFloat | readonly PythonValue[] | { readonly [key: string]: PythonValue | undefined }

/** Keys whose value is undefined are left out; order is that of insertion, so keys that are integers must come as [key, value] pairs. */
export function pythonJson(value: PythonValue | PythonPairs, indent: string = ''): string {
  const inner = `${indent}    `
  if (value instanceof PythonPairs) {
    return block('{}', indent, value.pairs.filter(([, item]) => item !== undefined).map(([key, item]) => `${inner}${pythonString(key)}: ${pythonJson(item!, inner)}`))
  }
  if (value instanceof PythonFloat) return pythonFloat(value.value)
  if (typeof value === 'string') return pythonString(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (Array.isArray(value)) return block('[]', indent, (value as readonly PythonValue[]).map((item) => inner + pythonJson(item, inner)))
  return pythonJson(new PythonPairs(Object.entries(value)), indent)
}

/** A dictionary in exactly this order: JavaScript objects put keys that look like integers first. */
export class PythonPairs {
  readonly pairs: readonly (readonly [string, PythonValue | PythonPairs | undefined])[]
  constructor(pairs: readonly (readonly [string, PythonValue | PythonPairs | undefined])[]) { this.pairs = pairs }
}

function block(brackets: string, indent: string, items: readonly string[]): string {
  return items.length === 0 ? brackets : `${brackets[0]}\n${items.join(',\n')}\n${indent}${brackets[1]}`
}

/** JSON with everything but ASCII escaped. */
function pythonString(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Shortest digits that read back the same; an exponent below 1e-4 and from 1e16 on. */
export function pythonFloat(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return 'null'
  const [digits, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (value !== 0 && (exponent < -4 || exponent >= 16)) return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  if (Object.is(value, -0)) return '-0.0'
  const plain = exponent < 0 ? value.toFixed(Math.max(0, -exponent + digits.replace(/^-?\d\.?/, '').length)) : String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

/** A fixed number of decimals, or Python's word for what is not a number. */
export function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? 'nan' : value.toFixed(decimals)
}

/** Microseconds since 1970 of an ISO 8601 text, to all its digits: Date.parse keeps three. */
function microsecondsOf(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  const wholeSeconds = Date.parse(iso.replace(/\.\d+/, ''))
  return wholeSeconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** The date of a point in a run, in local time and without a zone, as DLIO writes it: "2026-06-17T15:49:34.123456". */
export function dateText(run: RunBegin, at: Nanoseconds): string {
  const microseconds = microsecondsOf(run.wallStart) + Math.round((at - run.at) / 1000)
  const date = new Date(Math.floor(microseconds / 1000))
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day}T${time}.${String(microseconds - Math.floor(microseconds / 1e6) * 1e6).padStart(6, '0')}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
