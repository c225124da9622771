// The head of an HTTP/1.1 answer: status line and header fields. Pure.
// Source: RFC 9112 sections 4, 5 and 6.

export interface ResponseHead {
  readonly status: number
  /** 0 for HTTP/1.0, whose connections end with the answer. */
  readonly minorVersion: 0 | 1
  /** Names in lower case. Fields that came twice are joined with ", ". */
  readonly headers: ReadonlyMap<string, string>
}

/** How the body ends. */
export type BodyFraming = { readonly kind: 'none' | 'chunked' | 'until-close' } | { readonly kind: 'sized'; readonly length: number }

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/
const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const none = { kind: 'none' } as const

/** The head in `text`, which ends before the empty line. Undefined when it is not one. */
export function parseHead(text: string): ResponseHead | undefined {
  let end = text.indexOf('\r\n')
  if (end < 0) end = text.length
  const match = statusLine.exec(text.slice(0, end))
  if (!match) return undefined
  const headers = new Map<string, string>()
  for (let begin = end + 2; begin < text.length; begin = end + 2) {
    end = text.indexOf('\r\n', begin)
    if (end < 0) end = text.length
    const colon = text.indexOf(':', begin)
    if (colon < 0 || colon >= end) return undefined
    const name = nameOf(text.slice(begin, colon))
    if (name === undefined) return undefined
    const value = trimmed(text, colon + 1, end)
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(match[2]), minorVersion: match[1] === '1' ? 1 : 0, headers }
}

/** Names that were seen and found good: a server sends the same dozen each time. Bounded, for some send random ones. */
const knownNames = new Map<string, string>()

function nameOf(written: string): string | undefined {
  const known = knownNames.get(written)
  if (known !== undefined) return known
  if (!fieldName.test(written)) return undefined
  const name = written.toLowerCase()
  if (knownNames.size < 256) knownNames.set(written, name)
  return name
}

/** Without spaces and tabs at both ends: all the white space that HTTP knows, and cheaper than trim(). */
function trimmed(text: string, from: number, to: number): string {
  let begin = from, end = to
  while (begin < end && isSpace(text.charCodeAt(begin))) begin++
  while (end > begin && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(begin, end)
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09
}

/** How the body of the answer to a `method` request ends. Undefined when the head contradicts itself. */
export function framingOf({ status, headers }: ResponseHead, method: string): BodyFraming | undefined {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return none
  const coding = headers.get('transfer-encoding')
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? { kind: 'chunked' } : undefined
  const text = headers.get('content-length')
  if (text === undefined) return { kind: 'until-close' }
  if (!/^\d{1,15}$/.test(text)) return undefined
  const length = Number(text)
  return length === 0 ? none : { kind: 'sized', length }
}

/** Whether the server lets another request follow on the connection. */
export function isReusable({ minorVersion, headers }: ResponseHead): boolean {
  const connection = headers.get('connection')
  if (connection === undefined) return minorVersion === 1
  if (connection === 'keep-alive') return true
  const options = connection.toLowerCase().split(',').map((option) => option.trim())
  return !options.includes('close') && (minorVersion === 1 || options.includes('keep-alive'))
}
