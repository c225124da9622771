// XML as S3 speaks it: documents written from nested elements, and a strict reader for the few that clients send.

import { S3Error } from './errors.ts'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const malformed = (): S3Error => new S3Error('MalformedXML')

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const plain = /^[\w\-./ ]*$/

/** Control characters are legal in keys and become references, as S3 writes them. */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return plain.test(text) ? text : text.replaceAll(/[&<>"'\u0000-\u0008\u000b-\u001f\u007f]/g, (c) => escapes[c] ?? `&#x${c.charCodeAt(0).toString(16)};`)
}

/** An element around text. '' when there is no text to put in it. */
export function textElement(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${typeof text === 'string' ? escapeXml(text) : text}</${name}>`
}

/** An element around elements. */
export function element(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`
}

export function xmlDocument(name: string, ...children: readonly string[]): string {
  return `${declaration}<${name} xmlns="${namespace}">${children.join('')}</${name}>`
}

export interface XmlNode { readonly name: string; readonly children: XmlNode[]; text: string }

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed()
  }
}

const maxDepth = 8
const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
// One token: declaration, comment, CDATA, end tag, start tag with attributes, or text.
const token = /<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy

/** The root element. Document types are refused. @throws {S3Error} MalformedXML */
export function parseXml(bytes: Uint8Array): XmlNode {
  const source = decode(bytes)
  const top: XmlNode = { name: '', children: [], text: '' }
  const open: XmlNode[] = [top]
  token.lastIndex = 0
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    if (!match) throw malformed()
    const [, cdata, endName, startName, , selfClosing, text] = match
    const inner = open.at(-1)!
    if (cdata !== undefined) inner.text += cdata
    else if (text !== undefined) inner.text += unescapeXml(text)
    else if (endName !== undefined) {
      if (open.length === 1 || inner.name !== endName) throw malformed()
      open.pop()
    } else if (startName !== undefined) {
      const node: XmlNode = { name: startName, children: [], text: '' }
      inner.children.push(node)
      if (selfClosing === '') open.push(node)
      if (open.length > maxDepth) throw malformed()
    }
  }
  if (open.length !== 1 || top.children.length !== 1 || top.text.trim() !== '') throw malformed()
  return top.children[0]!
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&([^;]*)(;?)/g, (_, name: string, end: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
    const code = number ? Number.parseInt(number[1] ?? number[2]!, number[1] === undefined ? 10 : 16) : undefined
    const value = code === undefined ? references[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
    if (end === '' || value === undefined) throw malformed()
    return value
  })
}

/** The text of the one child of that name; undefined when there is none. @throws {S3Error} MalformedXML when there are several */
export function childText(node: XmlNode, name: string): string | undefined {
  const found = node.children.filter((each) => each.name === name)
  if (found.length > 1) throw malformed()
  return found[0]?.text
}
