// Formats of somebody else's: modules that export a `Format`. They are programs, and run with all rights of this one.

import { Fault } from '../util/fault.ts'
import type { Format } from './format.ts'

/** Of the module's file. */
export type PluginUrl = `file:${string}`

const functions = ['open', 'encode', 'encodedSize', 'inspect'] as const
const optionalFunctions = ['encodeInto', 'companions'] as const

export function isPluginUrl(source: string): source is PluginUrl {
  return source.startsWith('file:')
}

/** The module's default export, or the one named `format`. @throws {Fault} 'usage' that says what is missing. */
export async function loadPlugin(url: PluginUrl): Promise<Format> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(url) as Readonly<Record<string, unknown>>
  } catch (error) {
    throw fault(url, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const format = module['default'] ?? module['format']
  const wrong = wrongMembers(format)
  if (wrong.length > 0) throw fault(url, `is none: ${wrong.join('; ')}`)
  return format as Format
}

/** What keeps a value from being a Format, in words. Members that are inherited count: a format may be an instance of a class. */
export function wrongMembers(value: unknown): string[] {
  if (value === undefined || value === null) return ['it exports neither a default nor a `format`']
  if (typeof value !== 'object') return [`it exports a ${typeof value} where an object is wanted`]
  const members = value as Readonly<Record<string, unknown>>
  const found = (name: string): string => (members[name] === undefined ? 'is missing' : `is a ${typeof members[name]}`)
  const wrong: string[] = []
  if (typeof members['name'] !== 'string') wrong.push(`name ${found('name')} (wanted: a string)`)
  for (const name of functions) if (typeof members[name] !== 'function') wrong.push(`${name} ${found(name)} (wanted: a function)`)
  if (members['hasRanges'] !== undefined && typeof members['hasRanges'] !== 'boolean') wrong.push(`hasRanges ${found('hasRanges')} (wanted: true, false or nothing)`)
  for (const name of optionalFunctions) if (members[name] !== undefined && typeof members[name] !== 'function') wrong.push(`${name} ${found(name)} (wanted: a function or nothing)`)
  return wrong
}

function fault(url: PluginUrl, what: string, cause?: unknown): Fault {
  return new Fault('usage', `the format ${url} ${what}`, {
    info: { key: 'reader.reader_classname' },
    hint: 'a module exports by default an object with name, open, encode, encodedSize and inspect; their types are Format of this package',
    cause,
  })
}
