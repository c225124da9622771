// Reads and writes the few XML texts of S3 by scanning: no tree is built. Pure.

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The text of the first `name` element from `from` on, entities decoded. Undefined when there is none. */
export function textOf(xml: string, name: string, from = 0): string | undefined {
  const begin = xml.indexOf(`<${name}>`, from)
  if (begin < 0) return undefined
  const end = xml.indexOf('</', begin)
  return end < 0 ? undefined : unescapeXml(xml.slice(begin + name.length + 2, end))
}

/** What stands between the tags of each `name` element. */
export function * elements(xml: string, name: string): Generator<string> {
  const open = `<${name}>`, close = `</${name}>`
  for (let begin = xml.indexOf(open); begin >= 0;) {
    const end = xml.indexOf(close, begin)
    if (end < 0) return
    yield xml.slice(begin + open.length, end)
    begin = xml.indexOf(open, end)
  }
}

/** Whether the outermost element is a `name`, whatever its namespace. */
export function hasRoot(xml: string, name: string): boolean {
  const begin = /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z]+)[\s>/]/.exec(xml)
  return begin?.[1] === name
}

export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r\n\t]/g, (c) => `&#${c.charCodeAt(0)};`)
}

/** Whether XML 1.0 can hold `text`: it has no way to write most control characters. */
export function isXmlText(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)
}
