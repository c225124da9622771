// Python literals: what an NPY header is written in. Data only: names, calls and operators are errors, nothing is evaluated.
// Source: Python's language reference, "Literals"; the subset that numpy.lib.format writes, and Python 2's `2L`.

export type Literal = string | number | boolean | null | LiteralSequence | LiteralDict
export interface LiteralSequence { readonly kind: 'tuple' | 'list'; readonly items: readonly Literal[] }
export interface LiteralDict { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, Literal> }

export function isTuple(value: Literal | undefined): value is LiteralSequence {
  return typeof value === 'object' && value !== null && value.kind === 'tuple'
}

export function isDict(value: Literal | undefined): value is LiteralDict {
  return typeof value === 'object' && value !== null && value.kind === 'dict'
}

/** Deeper nesting is no dtype: it is an attack on the stack. */
const maxDepth = 16

const simpleEscapes: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t' }
const words: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null }

/** Where and why a text is no literal. `position` counts characters. */
export class LiteralError extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.name = 'LiteralError'
    this.position = position
  }
}

/** The one literal that `text` holds, blanks around it allowed. @throws {LiteralError} */
export function parseLiteral(text: string): Literal {
  let at = 0

  function fail(message: string): never {
    throw new LiteralError(message, at)
  }

  function skipBlanks(): void {
    while (at < text.length && ' \t\r\n\f'.includes(text[at]!)) at++
  }

  /** Steps over `token` if it comes next. */
  function next(token: string): boolean {
    skipBlanks()
    if (text[at] !== token) return false
    at++
    return true
  }

  function string(quote: string): string {
    let content = ''
    for (;;) {
      const char = text[at++]
      if (char === undefined || char === '\n') return fail('a string does not end')
      if (char === quote) return content
      if (char !== '\\') { content += char; continue }
      const escape = text[at++] ?? ''
      const digits = escape === 'x' ? 2 : escape === 'u' ? 4 : escape === 'U' ? 8 : 0
      if (digits === 0) { content += simpleEscapes[escape] ?? fail(`unknown escape \\${escape}`); continue }
      const hex = text.slice(at, at + digits)
      const code = /^[0-9a-f]+$/i.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN
      if (!(code <= 0x10ffff)) fail('malformed escape in a string')
      content += String.fromCodePoint(code)
      at += digits
    }
  }

  function sequence(kind: 'tuple' | 'list', close: string, depth: number): Literal {
    const items: Literal[] = []
    let commas = 0
    while (!next(close)) {
      if (items.length > commas) fail(`expected , or ${close}`)
      items.push(value(depth + 1))
      if (next(',')) commas++
    }
    // (1) is one in parentheses, (1,) is a tuple.
    return kind === 'tuple' && items.length === 1 && commas === 0 ? items[0]! : { kind, items }
  }

  function dict(depth: number): LiteralDict {
    const entries = new Map<string, Literal>()
    let commas = 0
    let pairs = 0
    while (!next('}')) {
      if (pairs > commas) fail('expected , or }')
      const name = value(depth + 1)
      if (typeof name !== 'string') fail('a key is not a string')
      if (!next(':')) fail('expected :')
      entries.set(name, value(depth + 1))
      pairs++
      if (next(',')) commas++
    }
    return { kind: 'dict', entries }
  }

  function value(depth: number): Literal {
    if (depth > maxDepth) fail(`more than ${maxDepth} levels deep`)
    if (next('(')) return sequence('tuple', ')', depth)
    if (next('[')) return sequence('list', ']', depth)
    if (next('{')) return dict(depth)
    const token = /^(?:[ub]?(['"])|(-?\d+)L?(?![\w.])|([A-Za-z_]\w*))/.exec(text.slice(at, at + 64))
    if (!token) return fail('expected a literal')
    at += token[0].length
    if (token[1] !== undefined) return string(token[1])
    if (token[2] !== undefined) return Number(token[2])
    const word = words[token[3]!]
    return word === undefined ? fail(`${token[3]} is not a literal`) : word
  }

  const result = value(0)
  skipBlanks()
  if (at < text.length) fail('something follows the literal')
  return result
}
