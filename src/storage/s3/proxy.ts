// Which proxy leads to an origin: the one that was named, else what the environment says in the way of curl.

import { Buffer } from 'node:buffer'
import { Fault } from '../../util/fault.ts'

export interface Proxy {
  /** "http://proxy:3128", without user and password. */
  readonly origin: string
  /** `proxy-authorization` field, when the address had a user in it. Never printed. */
  readonly authorization?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for `origin`. `named` goes for every origin. Without it HTTPS_PROXY or HTTP_PROXY by the origin's scheme count
 * (in lower case first), but not for hosts in NO_PROXY and not for this machine, which no proxy would reach.
 * @throws {Fault} 'usage' for an address that is none.
 */
export function proxyFor(origin: string, named: string | undefined, environment: Environment): Proxy | undefined {
  if (named !== undefined) return proxyOf(named, '--proxy')
  const url = new URL(origin)
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const value = environment[name] || environment[name.toUpperCase()]
  if (!value || isThisMachine(url.hostname) || isExcepted(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined
  return proxyOf(value, name.toUpperCase())
}

function proxyOf(text: string, from: string): Proxy {
  const address = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new Fault('usage', `the proxy ${JSON.stringify(text.replace(/^([a-z0-9+.-]*:\/\/)?.*@/is, '$1…@'))} of ${from} is not an http or https address`, { info: { key: 'proxy' }, hint: 'write it like http://proxy.example.org:3128; SOCKS is not supported' })
  }
  if (url.username === '') return { origin: url.origin }
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { origin: url.origin, authorization: `Basic ${Buffer.from(login).toString('base64')}` }
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Whether `url` is in a NO_PROXY list: host names, which stand for the names below them too, with or without a port, or "*". */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const portInUse = port || (protocol === 'https:' ? '443' : '80')
  return list.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true
    const match = /^(?:\*?\.)?(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry)
    const [, host = '', itsPort] = match ?? []
    if (host === '' || (itsPort !== undefined && itsPort !== portInUse)) return false
    return hostname === host || hostname === `[${host}]` || hostname.endsWith(`.${host}`)
  })
}
