// The value of an override in Hydra's grammar: null, booleans, numbers, bare and quoted text, lists, maps, interpolations.
// Knows nothing of keys. Positions count from 1 in the whole override, as a user sees it.
// Source: facebookresearch/hydra, documentation "The Override Grammar" (basic); sweeps and functions are refused.

import type { Tree } from './tree.ts'

/** Thrown and caught inside this folder only. */
export class OverrideSyntax {
  readonly position: number
  readonly message: string
  readonly hint: string | undefined
  constructor(position: number, message: string, hint?: string) {
    this.position = position
    this.message = message
    this.hint = hint
  }
}

/** Lists in lists: more would be no configuration. */
const maxDepth = 20
const quoteHint = 'put quotes around text that holds any of , [ ] { } ( )'

/** The value that starts at `offset` and ends with the text. @throws {OverrideSyntax} */
export function parseOverrideValue(text: string, offset: number): Tree {
  const parser = new Parser(text, offset)
  const value = parser.value('')
  parser.end()
  return value
}

class Parser {
  readonly #text: string
  #at: number
  #depth = 0

  constructor(text: string, offset: number) {
    this.#text = text
    this.#at = offset
  }

  /** One value; a bare one ends before any character of `ends`. */
  value(ends: string): Tree {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '[' || first === '{') return this.#nested(first)
    if (first === '"' || first === "'") return this.#quoted(first)
    return this.#bare(ends)
  }

  end(): void {
    this.#space()
    if (this.#at >= this.#text.length) return
    const found = this.#text[this.#at]!
    if (found === ',') this.#fail('expected the end, found ","', 'sweeps over several values are not supported; a list is [a,b]')
    this.#fail(`expected the end, found "${found}"`, quoteHint)
  }

  #nested(first: '[' | '{'): Tree {
    if (++this.#depth > maxDepth) this.#fail(`lists and maps are nested more than ${maxDepth} deep`)
    const value = first === '[' ? this.#list() : this.#map()
    this.#depth--
    return value
  }

  #list(): Tree[] {
    const items: Tree[] = []
    this.#at++
    if (this.#found(']')) return items
    do items.push(this.#element(',]')); while (this.#found(','))
    this.#expect(']')
    return items
  }

  #map(): Tree {
    const pairs: [string, Tree][] = []
    this.#at++
    if (this.#found('}')) return {}
    do {
      const key = this.#element(':,}')
      this.#expect(':')
      pairs.push([typeof key === 'string' ? key : JSON.stringify(key), this.#element(',}')])
    } while (this.#found(','))
    this.#expect('}')
    return Object.fromEntries(pairs)
  }

  #element(ends: string): Tree {
    this.#space()
    if (this.#at >= this.#text.length || ends.includes(this.#text[this.#at]!)) this.#fail('expected a value, found ' + this.#here())
    return this.value(ends)
  }

  /** Backslashes count only before a quote of the same kind: Hydra's rule, so that Windows paths need no doubling. */
  #quoted(quote: string): string {
    const begin = this.#at++
    let result = ''
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) throw new OverrideSyntax(begin + 1, `the quote ${quote} has no end`)
      const slashes = /^\\*/.exec(this.#text.slice(this.#at))![0].length
      const next = this.#text[this.#at + slashes]
      if (slashes > 0 && next === quote) {
        result += '\\'.repeat(Math.floor(slashes / 2)) + (slashes % 2 === 1 ? quote : '')
        this.#at += slashes + (slashes % 2)
      } else if (character === quote) {
        this.#at++
        return result
      } else {
        result += slashes > 0 ? '\\'.repeat(slashes) : character
        this.#at += Math.max(slashes, 1)
      }
    }
  }

  #bare(ends: string): Tree {
    let result = ''
    let literal = false
    for (let character = this.#text[this.#at]; character !== undefined; character = this.#text[this.#at]) {
      if (character === '$' && this.#text[this.#at + 1] === '{') {
        result += this.#interpolation()
        continue
      }
      if (character === '\\' && /[\\()[\]{}:=, \t'"]/.test(this.#text[this.#at + 1] ?? '')) {
        result += this.#text[this.#at + 1]!
        literal = true
        this.#at += 2
        continue
      }
      if (ends.includes(character) || ',[]{}()'.includes(character)) break
      result += character
      this.#at++
    }
    if (this.#text[this.#at] === '(') this.#fail('functions and sweeps are not supported', quoteHint)
    return literal ? result.trim() : scalar(result.trim())
  }

  /** A whole `${…}`, braces inside counted. */
  #interpolation(): string {
    const begin = this.#at
    let depth = 0
    for (this.#at += 1; this.#at < this.#text.length; this.#at++) {
      if (this.#text[this.#at] === '{') depth++
      else if (this.#text[this.#at] === '}' && --depth === 0) return this.#text.slice(begin, ++this.#at)
    }
    throw new OverrideSyntax(begin + 1, 'the interpolation ${ has no end')
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #found(character: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#found(character)) this.#fail(`expected "${character}", found ${this.#here()}`)
  }

  #here(): string {
    return this.#at >= this.#text.length ? 'the end' : `"${this.#text[this.#at]!}"`
  }

  #fail(message: string, hint?: string): never {
    throw new OverrideSyntax(this.#at + 1, message, hint)
  }
}

/** A bare word as Hydra types it. */
function scalar(word: string): Tree {
  const lower = word.toLowerCase()
  if (lower === 'null') return null
  if (lower === 'true' || lower === 'false') return lower === 'true'
  if (/^[-+]?(0|[1-9](_?\d)*)$/.test(word)) return Number(word.replaceAll('_', ''))
  if (/^[-+]?((\d(_?\d)*\.(\d(_?\d)*)?|\.\d(_?\d)*)(e[-+]?\d+)?|\d(_?\d)*e[-+]?\d+)$/i.test(word)) return Number(word.replaceAll('_', ''))
  if (/^[-+]?inf$/.test(lower)) return lower.startsWith('-') ? -Infinity : Infinity
  return /^[-+]?nan$/.test(lower) ? Number.NaN : word
}
