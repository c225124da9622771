// What the errors of undici mean, in the words of the other transport.

import { Buffer } from 'node:buffer'
import { isFault } from '../../util/fault.ts'
import { storageFault, type FaultContext } from '../faults.ts'
import { networkFault } from './network-errors.ts'
import { protocolFault } from './response.ts'

const nothing = new Uint8Array(0)

export interface Moment {
  /** What the store did or did not do, in words. */
  readonly phaseWord: string
  readonly context: FaultContext
  /** Whether the head of the answer was here. */
  readonly hasHead: boolean
  readonly isConnecting: boolean
  /** The proxy's address, when there is one. */
  readonly proxy: string | undefined
}

/** The way ends at the proxy: no connection to it, or an answer that is not "go on". */
export class ProxyFailure extends Error {
  /** What it answered. */
  readonly status: number | undefined

  constructor({ status, cause }: { status?: number; cause?: Error }) {
    super('the proxy does not lead on', { cause })
    this.status = status
  }
}

/** The Fault of `error`; an error of our own making as it is. */
export function undiciFault(error: unknown, moment: Moment): unknown {
  if (isFault(error) || !(error instanceof Error)) return error
  const { phaseWord, context, hasHead, isConnecting, proxy } = moment
  const { code = '', message } = error as Error & { code?: string }
  if (proxy !== undefined) {
    if (error instanceof ProxyFailure) return proxyFault(error, context, proxy)
    if (isConnecting && /^E[A-Z]+$/.test(code) && code !== 'EPROTO') return unreachableVia(proxy, code, context, error)
  }
  switch (code) {
    case 'UND_ERR_INVALID_ARG': case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH': return error
    case 'UND_ERR_HEADERS_OVERFLOW': return protocolFault('sent a head of more than 65536 bytes', nothing, context)
    case 'UND_ERR_CONNECT_TIMEOUT': return storageFault('timeout', `${context.endpoint} ${phaseWord}: ETIMEDOUT`, context, { hint: 'check the address, and firewalls in between', cause: error })
    case 'UND_ERR_SOCKET': return message === 'bad response' ? protocolFault('sent an answer that nobody asked for', nothing, context) : networkFault(undefined, phaseWord, context)
    // Two lengths that differ, or an end before the end.
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH': return hasHead ? networkFault(undefined, phaseWord, context) : protocolFault('contradicts itself about the length of its answer', nothing, context)
    default: return error.name === 'HTTPParserError' ? parserFault(error, moment) : networkFault(error, phaseWord, context)
  }
}

function proxyFault({ status, cause }: ProxyFailure, context: FaultContext, proxy: string): Error {
  if (status !== undefined) return proxyRefusal(status, context, proxy)
  const { code = '' } = cause as { code?: string }
  const error = code.startsWith('UND_ERR_') ? undefined : cause as Error
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return storageFault('timeout', `the proxy ${proxy} did not accept the connection: ETIMEDOUT`, context, { hint: 'check its address, and firewalls in between', cause })
  // The words for the store, of the proxy.
  const { info: { reason }, message } = networkFault(error, 'did not lead on', { ...context, endpoint: `the proxy ${proxy}` })
  if (reason === 'unreachable') return unreachableVia(proxy, code, context, cause)
  return storageFault(reason, message, context, { hint: reason === 'tls' ? proxyTlsHint(code) : 'the proxy or something before it cut the connection; try again', cause })
}

function unreachableVia(proxy: string, code: string, context: FaultContext, cause: unknown): Error {
  return storageFault('unreachable', `cannot reach ${context.endpoint} through the proxy ${proxy}: ${code}`, context, { hint: 'check the address of the proxy (--proxy, HTTPS_PROXY, HTTP_PROXY), and that it runs', cause })
}

function proxyTlsHint(code: string): string {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'the proxy may speak plain HTTP: write http:// in its address'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') return "the proxy's certificate is for another name: write the name that it has in the proxy's address"
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return "check the dates of the proxy's certificate and this machine's clock"
  return "name the authority that signed the proxy's certificate with --ca-file, or use --insecure for a test"
}

/** The Fault of a proxy that answered `status` instead of leading on. */
export function proxyRefusal(status: number, context: FaultContext, proxy: string): Error {
  return storageFault('unreachable', `cannot reach ${context.endpoint} through the proxy ${proxy}: it answered ${status}`, { ...context, status },
    { hint: status === 407 ? 'the proxy wants a user and password: write them in its address, http://user:password@host:port' : 'the proxy does not lead there: check its rules, or name the store in NO_PROXY' })
}

/** `data`: the bytes that the parser did not take. The parser's codes are lost on the way, so its words must do. */
function parserFault(error: Error & { data?: string }, { phaseWord, context, hasHead }: Moment): Error {
  if (error.message.includes('Invalid EOF state')) return networkFault(undefined, phaseWord, context)
  const what = hasHead ? 'sent a body that is not HTTP/1.1' : error.message.includes('Content-Length') ? 'contradicts itself about the length of its answer'
    : error.message.includes('Expected HTTP/') ? 'does not speak HTTP' : 'sent a head that is not HTTP/1.1'
  return protocolFault(what, Buffer.from(error.data ?? '', 'latin1'), context)
}
