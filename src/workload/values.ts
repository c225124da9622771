// From what a file or an override says to the value of a key: the conversions that DLIO's users rely on, then the check.

import { parseSize } from '../util/units.ts'
import { parseDistribution } from './distribution.ts'
import { maskTree } from './mask.ts'
import type { Problem } from './problems.ts'
import { shown } from './problems.ts'
import { didYouMean } from './suggest.ts'
import type { Entry } from './table.ts'
import { isMap, type Tree } from './tree.ts'
import { checkValue } from './zod-schema.ts'

export interface Raw {
  /** Neither undefined nor null. */
  readonly value: Tree
  /** The value of the `*_stdev` sibling of a time. */
  readonly stdev?: Tree | undefined
  /** The characters of a plain YAML scalar: an access key of digits must not lose its leading zeros. */
  readonly raw?: string | undefined
}

type Read = { readonly value: unknown } | { readonly problems: readonly Problem[] }

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1'])
const no: ReadonlySet<string> = new Set(['false', 'no', 'off', '0'])

/** The value of `entry`, or what is wrong with it. Problems name the key; the caller knows the place. */
export function readValue(entry: Entry, given: Raw): Read {
  if (entry.kind === 'time') return readTime(entry, given)
  const converted = convert(entry, given)
  const checked = checkValue(entry, converted)
  if (checked.ok) return { value: checked.value }
  const hint = entry.unquoted ? 'write a list of "name: value", each in quotes' : entry.kind === 'enum' && typeof converted === 'string' ? didYouMean(converted, entry.values ?? []) : undefined
  return { problems: [{ key: entry.path, message: `expected ${expectation(entry)}, found ${foundIn(entry, given.value)}`, hint }] }
}

function foundIn({ path, secret, unquoted }: Entry, value: Tree): string {
  if (secret) return 'something else'
  if (!unquoted) return shown(maskTree(value, path.split('.')))
  return isMap(value) ? 'a map' : Array.isArray(value) ? 'a list of something else' : 'something else'
}

function readTime(entry: Entry, { value, stdev }: Raw): Read {
  const parsed = parseDistribution(typeof value === 'string' ? toNumber(value) : value, typeof stdev === 'string' ? toNumber(stdev) : stdev)
  if ('time' in parsed) return { value: parsed.time }
  return {
    problems: parsed.problems.map(({ key, expected, found }) => ({
      key: typeof value === 'object' ? `${entry.path}.${key}` : key === 'stdev' ? `${entry.path}_stdev` : entry.path,
      message: `expected ${expected}, found ${shown(found as Tree | undefined)}`,
      hint: key === 'type' && typeof found === 'string' ? didYouMean(found, ['normal', 'uniform', 'gamma', 'exponential', 'poisson']) : undefined,
    })),
  }
}

function convert(entry: Entry, { value, raw }: Raw): Tree {
  switch (entry.kind) {
    case 'boolean': return typeof value === 'string' || typeof value === 'number' ? toBoolean(value) : value
    case 'integer':
    case 'number': return typeof value === 'string' ? toNumber(value, entry.unit === 'bytes') : value
    case 'text': return typeof value === 'number' || typeof value === 'boolean' ? raw ?? String(value) : value
    // YAML 1.1 reads an unquoted `off` as false.
    case 'enum': return value === false && entry.values?.includes('off') ? 'off' : value
    case 'integers': return typeof value === 'number' ? [value] : value
    case 'texts': return typeof value === 'string' ? (value === '' ? [] : [value]) : value
    case 'columns':
    case 'time': break
  }
  return value
}

function toBoolean(value: string | number): Tree {
  const word = String(value).toLowerCase()
  return yes.has(word) ? true : no.has(word) ? false : value
}

function toNumber(text: string, size = false): Tree {
  const number = /^\s*[-+]?(\d[\d_]*\.?[\d_]*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text.replaceAll('_', '')) : undefined
  return number ?? (size ? parseSize(text) : undefined) ?? text
}

/** "an integer of at least 0", "one of off, seed, random": for messages and documentation. */
export function expectation({ kind, min, max, values, unit }: Pick<Entry, 'kind' | 'min' | 'max' | 'values' | 'unit'>): string {
  const range = min !== undefined && max !== undefined ? ` from ${min} to ${max}` : min !== undefined ? ` of at least ${min}` : max !== undefined ? ` of at most ${max}` : ''
  const size = unit === 'bytes' ? ' of bytes, or a size like 64KiB' : ''
  switch (kind) {
    case 'boolean': return 'true or false'
    case 'integer': return size === '' ? `an integer${range}` : `a whole number${size}${range === '' ? '' : `,${range}`}`
    case 'number': return `a number${size}${size === '' || range === '' ? range : `,${range}`}`
    case 'text': return 'text'
    case 'enum': return `one of ${(values ?? []).join(', ')}`
    case 'integers': return `a list of integers${range}`
    case 'texts': return 'a list of texts'
    case 'columns': return 'a list of maps of name, dtype and size'
    case 'time': break
  }
  return 'seconds, or a map with a type'
}
