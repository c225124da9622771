// Answers with other content than they should have.

import type { S3Response } from './operation.ts'

/** The middle byte of the body is another one. */
export async function wrongBytes(response: S3Response): Promise<S3Response> {
  const { body } = response
  if (body === undefined || typeof body === 'string' || body.length === 0) return response
  const pieces: Uint8Array[] = []
  for await (const piece of body.bytes) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const middle = bytes.length >> 1
  bytes[middle] = bytes[middle]! ^ 0xff
  return { ...response, body: { length: bytes.length, bytes: [bytes] } }
}

/** Checksums in the head and in the document are those of something else. */
export function wrongChecksum(response: S3Response): S3Response {
  const { headers = {}, body } = response
  const changedHeaders = Object.entries(headers).map(([name, value]) => [name, /^x-amz-checksum-(?!type)/.test(name) ? other(value) : value])
  const changedBody = typeof body === 'string' ? body.replaceAll(/<(Checksum(?:CRC|SHA)\w+)>([^<]+)</g, (_, name: string, value: string) => `<${name}>${other(value)}<`) : body
  return { ...response, headers: Object.fromEntries(changedHeaders) as Record<string, string>, ...(changedBody === undefined ? {} : { body: changedBody }) }
}

/** As long, and base64 too. */
function other(checksum: string): string {
  return `${checksum.startsWith('A') ? 'B' : 'A'}${checksum.slice(1)}`
}

/** The document ends in its middle, and so says its length. */
export function cutPage(response: S3Response): S3Response {
  const { body } = response
  return typeof body === 'string' ? { ...response, body: body.slice(0, body.length >> 1) } : response
}

/** The page ends after half of its entries, and says that it is the last. */
export function shortPage(response: S3Response): S3Response {
  const { body } = response
  if (typeof body !== 'string') return response
  let number = 0
  const half = body.split('<Contents>').length >> 1
  return {
    ...response,
    body: body.replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) => (number++ < half ? entry : ''))
      .replace('<IsTruncated>true<', '<IsTruncated>false<').replace(/<NextContinuationToken>[^<]*<\/NextContinuationToken>/, ''),
  }
}
