// The Range header: one range of bytes. Stricter than S3, which answers a range it cannot read with the whole object.
// Source: RFC 9110 section 14.

import { S3Error, invalidArgument } from './errors.ts'

export interface Span { readonly offset: number; readonly length: number }

/** @throws {S3Error} InvalidArgument when it is no range, InvalidRange when it is not within `size` bytes or there are several */
export function parseRange(header: string, size: number): Span {
  const refuse = (): S3Error => new S3Error('InvalidRange', {
    fields: { RangeRequested: header, ActualObjectSize: String(size) }, headers: { 'content-range': `bytes */${size}` },
  })
  if (/^bytes=.*,/.test(header)) throw refuse()
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header)
  if (!match || (match[1] === '' && match[2] === '')) throw invalidArgument('Range', header, 'The Range header is not one range of bytes.')
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    const length = Math.min(Number(last), size)
    if (length === 0) throw refuse()
    return { offset: size - length, length }
  }
  const offset = Number(first)
  if (last !== '' && Number(last) < offset) throw invalidArgument('Range', header, 'The Range header ends before it begins.')
  if (offset >= size) throw refuse()
  return { offset, length: (last === '' ? size : Math.min(Number(last) + 1, size)) - offset }
}
