// Percent-encoding as S3 signs it: every byte but A-Z a-z 0-9 - . _ ~, and '/' in paths.

const plainPath = /^[A-Za-z0-9\-._~/]*$/
const missed = /[!'()*]/g

/** One name or value. @throws {URIError} for half a surrogate pair. */
export function encodeText(text: string): string {
  return encodeURIComponent(text).replace(missed, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A key as a path. Slashes stay, also doubled ones; nothing is normalised, since S3 does not. */
export function encodePath(key: string): string {
  return plainPath.test(key) ? key : key.split('/').map(encodeText).join('/')
}

/** What `encoding-type=url` of a listing encoded: form encoding, so '+' is a space. Undefined when it is no UTF-8. */
export function decodeListed(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}
