// The kinds of keys as zod types: for checking single values, and as parts of the JSON Schema. The only file that knows zod.
// zod/mini, because it loads in half the time of zod (50 ms against 100 ms, Node 20), which every command that reads a workload waits for.

import * as z from 'zod/mini'
import { _default as withDefault } from 'zod/mini'
import { distributionKeys } from './distribution.ts'
import type { Key } from './keys.ts'
import type { Entry } from './table.ts'

export type ValueType = z.ZodMiniType
type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false }

const checks = new Map<Entry, ValueType>()

/** Whether a value that is already of the right type is within what the key allows. */
export function checkValue(entry: Entry, value: unknown): Checked {
  const check = checks.get(entry) ?? valueType(entry)
  checks.set(entry, check)
  const result = check.safeParse(value)
  return result.success ? { ok: true, value: result.data } : { ok: false }
}

function number(base: z.ZodMiniNumber, { min, max }: Pick<Key, 'min' | 'max'>): z.ZodMiniNumber {
  const least = min === undefined ? base : base.check(z.minimum(min))
  return max === undefined ? least : least.check(z.maximum(max))
}

export function valueType(key: Pick<Key, 'kind' | 'min' | 'max' | 'values'>): ValueType {
  switch (key.kind) {
    case 'boolean': return z.boolean()
    case 'integer': return number(z.int(), key)
    case 'number': return number(z.number(), key)
    case 'text': return z.string()
    case 'enum': return z.enum([...key.values ?? []])
    case 'integers': return z.array(number(z.int(), key))
    case 'texts': return z.array(z.string())
    case 'columns': return z.array(z.object({ name: withDefault(z.string(), 'data'), dtype: withDefault(z.string(), 'float32'), size: withDefault(number(z.int(), { min: 1 }), 1) }))
    case 'time': break
  }
  return distribution()
}

/** A number of bytes, or a size. */
export function sizeType(key: Pick<Key, 'kind' | 'min' | 'max'>): ValueType {
  return z.union([valueType(key), z.string().check(z.regex(/^\s*\d+(\.\d+)?\s*[kmgt]?(i?b|i)?\s*$/i))])
}

export function secondsType(): ValueType {
  return number(z.number(), { min: 0 })
}

/** How a time is written in a file: seconds, or a map with a type. */
function distribution(): ValueType {
  const typed = Object.entries(distributionKeys).map(([type, keys]) =>
    z.strictObject({ type: z.literal(type), ...Object.fromEntries(keys.map((name) => [name, secondsType()])) }))
  return z.union([secondsType(), z.strictObject({ mean: z.optional(secondsType()), stdev: z.optional(secondsType()) }), ...typed])
}

/** The type with its description, and with a default or optional. */
export function described(type: ValueType, text: string, fallback?: unknown): ValueType {
  const noted = fallback === undefined ? z.optional(type) : withDefault(type, fallback)
  return noted.check(z.describe(text))
}

/** A map of these keys and no others, which may be left out. */
export function closedMap(keys: Readonly<Record<string, ValueType>>): ValueType {
  return z.optional(z.strictObject(keys))
}

/** `map`, or a text instead of it. */
export function orText(map: ValueType, text: string): ValueType {
  return z.optional(z.union([map, z.string().check(z.describe(text))]))
}

/** The type as JSON Schema, draft-07. */
export function draft7(type: ValueType): object {
  return z.toJSONSchema(type, {
    target: 'draft-7',
    io: 'input',
    // zod bounds every integer by what a double can hold: noise in an editor.
    override: ({ jsonSchema }) => { if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum },
  })
}
