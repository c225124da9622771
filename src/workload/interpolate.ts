// `${…}` in values: other keys, `${oc.env:NAME,default}` and `${now:%Y-%m-%d}`. Source: OmegaConf, documentation "Variable interpolation".

import { cut } from './problems.ts'
import { isMap, valueAt, type Tree } from './tree.ts'

export interface InterpolationContext {
  /** What keys are looked up in: { workload: … }. */
  readonly root: Tree
  /** For ${oc.env:…}. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** For ${now:…}: milliseconds since 1970. */
  readonly wallMilliseconds: number | undefined
}

/** Interpolations in interpolations. Each level may double the text, so more is an accident or an attack. */
const maxDepth = 12

/** Thrown and caught inside this folder only. */
export class InterpolationError {
  readonly message: string
  constructor(message: string) { this.message = message }
}

/**
 * `value`, found at `path` of the root, with every interpolation in it replaced. A value that is one interpolation takes
 * the type of what it names; in longer text it becomes text. `busy` are the paths on the way here. @throws {InterpolationError}
 */
export function interpolated(value: Tree, path: readonly string[], context: InterpolationContext, busy: readonly string[] = []): Tree {
  if (Array.isArray(value)) return (value as readonly Tree[]).map((item, i) => interpolated(item, [...path, String(i)], context, busy))
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, [...path, key], context, busy)]))
  if (typeof value !== 'string' || !value.includes('${')) return value
  const parts = split(value)
  const resolve = (expression: string): Tree => evaluate(expression, path, context, busy)
  const [only] = parts
  if (parts.length === 1 && only?.expression !== undefined) return resolve(only.expression)
  return parts.map(({ text, expression }) => {
    if (expression === undefined) return text
    return textOf(resolve(expression), expression)
  }).join('')
}

/** Text of a value that stands inside text. */
function textOf(value: Tree, expression: string): string {
  if (value === null) return 'null'
  if (typeof value === 'object') throw new InterpolationError(`\${${cut(expression)}} is no text`)
  return String(value)
}

interface Part { readonly text: string; readonly expression?: string }

function split(value: string): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < value.length) {
    const begin = value.indexOf('${', at)
    if (begin < 0) break
    if (begin > at) parts.push({ text: value.slice(at, begin) })
    const end = closing(value, begin + 2)
    parts.push({ text: '', expression: value.slice(begin + 2, end).trim() })
    at = end + 1
  }
  if (at < value.length) parts.push({ text: value.slice(at) })
  return parts
}

function closing(value: string, from: number): number {
  let depth = 1
  for (let at = from; at < value.length; at++) {
    if (value[at] === '{') depth++
    else if (value[at] === '}' && --depth === 0) return at
  }
  throw new InterpolationError('the interpolation ${ has no end')
}

function evaluate(expression: string, path: readonly string[], context: InterpolationContext, busy: readonly string[]): Tree {
  if (busy.length >= maxDepth) throw new InterpolationError(`\${${cut(expression)}} goes through more than ${maxDepth} keys`)
  const inner = textOf(interpolated(expression, path, context, [...busy, '${}']), expression)
  const resolver = /^([A-Za-z_][\w.]*):(.*)$/s.exec(inner)
  if (resolver) return resolved(resolver[1]!, resolver[2]!, context)
  const dots = /^\.*/.exec(inner)![0].length
  const words = inner.slice(dots).replaceAll(/\[([^\]]*)\]/g, '.$1').split('.')
  const target = dots === 0 ? words : [...path.slice(0, Math.max(path.length - dots, 0)), ...words]
  const name = target.join('.')
  if (busy.includes(name)) throw new InterpolationError(`\${${cut(expression)}} names itself: ${[...busy, name].join(' → ')}`)
  const found = valueAt(context.root, target)
  if (found === undefined) throw new InterpolationError(`\${${cut(expression)}} names a key that is not there`)
  return interpolated(found, target, context, [...busy, name])
}

function resolved(name: string, argument: string, { env, wallMilliseconds }: InterpolationContext): Tree {
  if (name === 'oc.env') {
    const [variable = '', fallback] = argument.split(/,(.*)/s).map((word) => word.trim())
    const found = env[variable] ?? fallback
    if (found === undefined) throw new InterpolationError(`the environment has no ${variable}`)
    return found
  }
  if (name === 'now' && wallMilliseconds !== undefined) return formatted(argument, new Date(wallMilliseconds))
  throw new InterpolationError(`the resolver ${name} is not supported`)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** Python's strftime, as far as directory names need it; local time. */
function formatted(format: string, date: Date): string {
  const fields: Readonly<Record<string, string>> = {
    Y: String(date.getFullYear()), m: two(date.getMonth() + 1), d: two(date.getDate()),
    H: two(date.getHours()), M: two(date.getMinutes()), S: two(date.getSeconds()), '%': '%',
  }
  return format.replaceAll(/%(.)/g, (whole, letter: string) => fields[letter] ?? whole)
}
