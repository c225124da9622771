// YAML as DLIO's files are written: version 1.1 as PyYAML resolves it, and OmegaConf's numbers; with the place of every key.
// The only file that knows js-yaml. Its quirks: `1e-3` is text in YAML 1.1 (not in OmegaConf), single `y` and `n` would be
// booleans (not in PyYAML), dates would become Dates (not in OmegaConf): hence tags of our own. Offsets count UTF-16 units.

import {
  EVENT_ID, SCALAR_STYLE, Schema, YAMLException, NOT_RESOLVED, constructFromEvents, defineScalarTag, dump, getScalarValue,
  intYaml11Tag, mapTag, mergeTag, nullYaml11Tag, parseEvents, seqTag, strTag, type Event,
} from 'js-yaml'
import { usageFault } from './problems.ts'
import type { Tree } from './tree.ts'

const booleans: ReadonlyMap<string, boolean> = new Map([['true', true], ['yes', true], ['on', true], ['false', false], ['no', false], ['off', false]])
const boolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (source) => {
    const spelled = /^([A-Za-z][a-z]*|[A-Z]+)$/.test(source) ? booleans.get(source.toLowerCase()) : undefined
    return spelled ?? NOT_RESOLVED
  },
  identify: (value) => typeof value === 'boolean',
})

const floatPattern = /^[-+]?(?:\d[\d_]*\.[\d_]*(?:e[-+]?\d+)?|\d[\d_]*e[-+]?\d+|\.\d[\d_]*(?:e[-+]?\d+)?)$/i
const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  resolve: (source) => {
    if (floatPattern.test(source)) return Number(source.replaceAll('_', ''))
    if (/^[-+]?\.(inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity
    return /^\.(nan|NaN|NAN)$/.test(source) ? Number.NaN : NOT_RESOLVED
  },
  identify: (value) => typeof value === 'number' && !Number.isInteger(value),
})
const schema = new Schema([strTag, seqTag, mapTag, mergeTag, nullYaml11Tag, boolTag, intYaml11Tag, floatTag])

/** More nodes than this in one file, aliases counted each time, is an attack or an accident. */
const maxNodes = 100_000
const maxDepth = 50

export interface Place { readonly line: number; readonly column: number }
/** A key's place, the place of its value, and the characters of a plain scalar. */
export interface Position { readonly key: Place; readonly value: Place; readonly raw?: string }
interface Located { readonly offset: number; readonly raw?: string; readonly entries: Map<string, { readonly key: number; readonly node: Located }> }

export interface YamlDocument {
  readonly value: Tree
  /** Where a path of map keys is written; undefined for what is not in the file. Merged keys are where their anchor is. */
  position(path: readonly string[]): Position | undefined
}

/** @throws {Fault} 'usage' when the text is no single YAML document. */
export function parseYaml(text: string, file: string): YamlDocument {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const place = placer(source)
  const refuse = (message: string, { line, column }: Place): never => {
    throw usageFault([{ message, origin: { kind: 'file', file, line, column }, hint: 'look at that line and the one before it: indentation, brackets, quotes' }])
  }
  try {
    const events = parseEvents(source, { filename: file, maxDepth })
    const documents = constructFromEvents(events, { source, schema })
    if (documents.length > 1) refuse('expected one YAML document, found more', place(source.length))
    const value = (documents[0] ?? null) as Tree
    if (countNodes(value, 0) > maxNodes) refuse(`aliases expand to more than ${maxNodes} values or ${maxDepth} levels`, { line: 1, column: 1 })
    const root = new Walker(source, events).root()
    return { value, position: (path) => positionIn(root, path, place) }
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    return refuse(`not valid YAML: ${error.reason}`, { line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 })
  }
}

/** `value` as YAML text that YAML 1.1 and 1.2 parsers read alike. */
export function formatYaml(value: Tree): string {
  return dump(value, { noRefs: true, lineWidth: -1 })
}

/** `value` on one line, flow style. */
export function formatInline(value: Tree): string {
  if (typeof value === 'string' && value.includes('\n')) return JSON.stringify(value)
  return dump(value, { noRefs: true, lineWidth: -1, flowLevel: 0 }).trimEnd()
}

function countNodes(value: Tree, depth: number): number {
  if (typeof value !== 'object' || value === null) return 1
  if (depth > maxDepth) return Infinity
  let nodes = 1
  for (const item of Object.values<Tree>(value)) {
    nodes += countNodes(item, depth + 1)
    if (nodes > maxNodes) return Infinity
  }
  return nodes
}

function placer(source: string): (offset: number) => Place {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let line = starts.findLastIndex((start) => start <= offset)
    if (line < 0) line = 0
    return { line: line + 1, column: offset - starts[line]! + 1 }
  }
}

function positionIn(root: Located | undefined, path: readonly string[], place: (offset: number) => Place): Position | undefined {
  let found: { key: number; node: Located } | undefined
  for (const name of path) {
    found = (found === undefined ? root : found.node)?.entries.get(name)
    if (found === undefined) return undefined
  }
  if (found === undefined) return undefined
  // A value that is not written has no offset.
  const { key, node } = found
  return { key: place(key), value: place(node.offset < 0 ? key : node.offset), ...(node.raw === undefined ? {} : { raw: node.raw }) }
}

/** Rebuilds the nesting of the event stream, offsets only. The values come from js-yaml itself. */
class Walker {
  readonly #source: string
  readonly #events: readonly Event[]
  readonly #anchors = new Map<string, Located>()
  #next = 0

  constructor(source: string, events: readonly Event[]) {
    this.#source = source
    this.#events = events
  }

  root(): Located | undefined {
    this.#next = 1
    return this.#events[1] === undefined || this.#events[1].type === EVENT_ID.POP ? undefined : this.#node()
  }

  #node(): Located {
    const event = this.#events[this.#next++]!
    switch (event.type) {
      case EVENT_ID.ALIAS: {
        const target = this.#anchors.get(this.#source.slice(event.anchorStart, event.anchorEnd))
        return { ...(target ?? { entries: new Map() }), offset: event.anchorStart - 1 }
      }
      case EVENT_ID.SCALAR: {
        const raw = event.style === SCALAR_STYLE.PLAIN ? { raw: getScalarValue(this.#source, event) } : {}
        const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
        return this.#anchored(event, { offset: event.valueStart - (quoted ? 1 : 0), entries: new Map(), ...raw })
      }
      case EVENT_ID.SEQUENCE: {
        const node = this.#anchored(event, { offset: event.start, entries: new Map() })
        for (let i = 0; !this.#atEnd(); i++) {
          const item = this.#node()
          node.entries.set(String(i), { key: item.offset, node: item })
        }
        return node
      }
      case EVENT_ID.MAPPING: return this.#mapping(this.#anchored(event, { offset: event.start, entries: new Map() }))
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP: break
    }
    throw new Error('an event stream out of order')
  }

  #mapping(node: Located): Located {
    const inherited: Located[] = []
    while (!this.#atEnd()) {
      const event = this.#events[this.#next]!
      const name = event.type === EVENT_ID.SCALAR ? getScalarValue(this.#source, event) : undefined
      const key = this.#node()
      const value = this.#node()
      if (name === '<<') inherited.push(...(/^\d/.test([...value.entries.keys()][0] ?? '') ? [...value.entries.values()].map((item) => item.node) : [value]))
      else if (name !== undefined) node.entries.set(name, { key: key.offset, node: value })
    }
    for (const { entries } of inherited) for (const [name, entry] of entries) if (!node.entries.has(name)) node.entries.set(name, entry)
    return node
  }

  #anchored(event: { readonly anchorStart: number; readonly anchorEnd: number }, node: Located): Located {
    if (event.anchorStart >= 0) this.#anchors.set(this.#source.slice(event.anchorStart, event.anchorEnd), node)
    return node
  }

  /** Whether the collection ends here; its end is then consumed. */
  #atEnd(): boolean {
    if (this.#events[this.#next]?.type !== EVENT_ID.POP) return false
    this.#next++
    return true
  }
}
