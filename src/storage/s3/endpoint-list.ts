// From what people write to the endpoints of one store: several addresses, ranges in them, all addresses of a name.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Fault } from '../../util/fault.ts'
import type { Endpoint, S3Spec } from '../spec.ts'
import { endpointFigures, type EndpointFigures } from './endpoint-board.ts'

/** More is a mistyped range. */
const most = 4096

/** "http://node{1...8}:9000" is eight endpoints, "{01...16}" keeps its zeros; several ranges give all combinations. @throws {Fault} 'usage' */
export function expandEndpoints(texts: readonly string[]): string[] {
  const expanded = texts.flatMap(expand)
  const repeated = expanded.find((text, index) => expanded.indexOf(text) < index)
  if (repeated !== undefined) throw usage(`the endpoint ${shown(repeated)} is named twice`, 'name each once')
  return expanded
}

function expand(text: string): string[] {
  const range = /^([^{]*)\{(\d+)\.\.\.(\d+)\}(.*)$/s.exec(text)
  if (!range) {
    if (/[{}]/.test(text)) throw usage(`the endpoint ${shown(text)} has braces that are no range`, 'write a range like http://node{1...8}:9000')
    return [text]
  }
  const [, before = '', first = '', last = '', after = ''] = range
  const count = Number(last) - Number(first) + 1
  const rest = expand(after)
  if (!(count >= 1 && count * rest.length <= most)) throw usage(`the range {${first}...${last}} in an endpoint has ${count < 1 ? 'no members' : 'too many'}`, `from the smaller number to the larger, at most ${most} endpoints in all`)
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0')).flatMap((number) => rest.map((end) => `${before}${number}${end}`))
}

type Lookup = (name: string) => Promise<readonly { readonly address: string }[]>

/** Each address that the names of `urls` have, for IPv4 and IPv6. @throws {Fault} 'storage' for a name that has none. */
export async function withAllAddresses(urls: readonly string[], resolve: Lookup = (name) => lookup(name, { all: true })): Promise<Endpoint[]> {
  const found = await Promise.all(urls.map(async (url): Promise<Endpoint[]> => {
    const address = url.includes('://') ? url : `http://${url}`
    const name = URL.canParse(address) ? new URL(address).hostname.replace(/^\[|\]$/g, '') : ''
    if (name === '' || isIP(name)) return [{ url }]
    try {
      return [...new Set((await resolve(name)).map((each) => each.address))].map((ip) => ({ url, ip }))
    } catch (cause) {
      throw new Fault('storage', `the name ${name} has no address`, { info: { reason: 'unreachable', operation: 'list', endpoint: name }, hint: 'check its spelling and name resolution on this machine', cause })
    }
  }))
  return found.flat()
}

/** How an endpoint is called in results. */
export function endpointName({ url, ip }: Endpoint): string {
  const { origin } = new URL(url.includes('://') ? url : `http://${url}`)
  return ip === undefined ? origin : `${origin} at ${ip}`
}

/** What each has done so far. */
export function figuresOf({ all, board }: NonNullable<S3Spec['endpoints']>): EndpointFigures[] {
  return endpointFigures(board, all.map(endpointName))
}

function usage(message: string, hint: string): Fault<'usage'> {
  return new Fault('usage', message, { info: { key: 'endpoint' }, hint })
}

/** What stands before an "@" may be a password. */
function shown(text: string): string {
  return JSON.stringify(text.replace(/^([a-z0-9+.-]*:\/\/)?.*@/is, '$1…@'))
}
