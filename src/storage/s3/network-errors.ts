// What the errors of sockets mean for someone who wants to reach a store.

import { storageFault, type FaultContext, type StorageFault } from '../faults.ts'

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the store running, and is the port right?',
  ENOTFOUND: 'the name is not known: check its spelling, the region, and name resolution on this machine; --endpoint-url with path-style addressing avoids names made from the bucket',
  EAI_AGAIN: 'name resolution does not answer: check the network of this machine',
  EHOSTUNREACH: 'no route leads there: check the address, the network and VPN',
  ENETUNREACH: 'no route leads there: check the address, the network and VPN',
  EADDRNOTAVAIL: 'this machine has no free port left: open fewer connections',
  EHOSTDOWN: 'the machine is down',
}

/**
 * The Fault of a socket's `error`. `phase` says in words what the store did or did not do at that moment.
 * Undefined: the other side closed without one.
 */
export function networkFault(error: Error | undefined, phase: string, context: FaultContext): StorageFault {
  const { code, message } = firstOf(error)
  const endpoint = context.endpoint ?? 'the store'
  const reach = unreachable[code]
  if (reach) return storageFault('unreachable', `cannot reach ${endpoint}: ${code}`, context, { hint: reach, cause: error })
  if (code === 'ETIMEDOUT') return storageFault('timeout', `${endpoint} ${phase}: ${code}`, context, { hint: 'check the address, and firewalls in between', cause: error })
  if (isTlsCode(code)) return storageFault('tls', `no secure connection to ${endpoint}: ${plainTlsMessage(message)}`, context, { hint: tlsHint(code), cause: error })
  return storageFault('truncated', `${endpoint} ${phase} and closed the connection${code === '' ? '' : `: ${code}`}`, context,
    { hint: phase === 'did not answer' ? silentCutHint(context) : 'the store or something between cut the connection; try again', cause: error })
}

/** What to do about an answer of which not one byte came. A server that speaks TLS may close a connection on which it is spoken to in HTTP. */
export function silentCutHint({ endpoint = '' }: FaultContext): string {
  return `the store or something between cut the connection; try again${endpoint.startsWith('http:') ? '. If it does so each time the port may speak TLS: write https:// in the endpoint' : ''}`
}

/** Several addresses were tried: one error stands for all. */
function firstOf(error: Error | undefined): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code = '', message = '' } = (first ?? {}) as { code?: string; message?: string }
  return { code, message }
}

function isTlsCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO$|INVALID_CA|ERR_OSSL)/.test(code)
}

/** OpenSSL's own lines are "id:error:number:library:function:reason:file:line:": the reason is what a person can read. */
function plainTlsMessage(message: string): string {
  const reason = /:error:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1]
  return (reason ?? message.split(';')[0]!).trim()
}

function tlsHint(code: string): string {
  if (/CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA/.test(code)) return 'the store wants a client certificate that it knows: --client-cert FILE --client-key FILE'
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'the port may speak plain HTTP: write http:// in the endpoint'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') return 'the certificate is for another name: use the name it has, or path-style addressing when it is the bucket that does not fit'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return "check the certificate's dates and this machine's clock"
  return 'name the authority that signed the certificate with --ca-file, or use --insecure for a test'
}
