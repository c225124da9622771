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

/** The Fault of `error`; an error of our own making as it is. */
export function undiciFault(error: unknown, moment: Moment): unknown {
  if (isFault(error) || !(error instanceof Error)) return error
  const { phaseWord, context, hasHead, proxy } = moment
  const { code = '', message, cause } = error as Error & { code?: string }
  if (proxy !== undefined) {
    const fault = viaProxy(error, code, { ...moment, proxy })
    if (fault) return fault
  }
  switch (code) {
    case 'UND_ERR_INVALID_ARG': case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH': return error
    case 'UND_ERR_HEADERS_OVERFLOW': return protocolFault('sent a head of more than 65536 bytes', nothing, context)
    case 'UND_ERR_CONNECT_TIMEOUT': return storageFault('timeout', `${context.endpoint} ${phaseWord}: ETIMEDOUT`, context, { hint: 'check the address, and firewalls in between', cause: error })
    case 'UND_ERR_PRX_TLS': return networkFault(cause instanceof Error ? cause : error, phaseWord, context)
    case 'UND_ERR_SOCKET': return message === 'bad response' ? protocolFault('sent an answer that nobody asked for', nothing, context) : networkFault(undefined, phaseWord, context)
    // Two lengths that differ, or an end before the end.
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH': return hasHead ? networkFault(undefined, phaseWord, context) : protocolFault('contradicts itself about the length of its answer', nothing, context)
    default: return error.name === 'HTTPParserError' ? parserFault(error, moment) : networkFault(error, phaseWord, context)
  }
}

/** A way that ends at the proxy; undefined when the store behind it is the one that fails. */
function viaProxy(error: Error, code: string, { context, isConnecting, proxy }: Moment & { proxy: string }): Error | undefined {
  const refused = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(error.message)
  if (refused) return proxyRefusal(Number(refused[1]), context, proxy)
  if (!isConnecting || !/^E[A-Z]+$|^EAI_/.test(code)) return undefined
  return storageFault('unreachable', `cannot reach ${context.endpoint} through the proxy ${proxy}: ${code}`, context, { hint: 'check the address of the proxy (--proxy, HTTPS_PROXY, HTTP_PROXY), and that it runs', cause: error })
}

/** The Fault of a proxy that answered `status` instead of leading on. */
function proxyRefusal(status: number, context: FaultContext, proxy: string): Error {
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
