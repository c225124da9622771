import { speaksHttp } from './http-conformance.ts'

const behind = 'undici has given the answer when it sees the bytes behind it, and drops the connection'
const lenient = 'undici waits for more'
const noExpect = 'undici cannot announce a body'

speaksHttp('undici', {
  "a huge size is 'protocol'": lenient,
  "an endless size line is 'protocol'": lenient,
  "bytes behind the end is 'protocol'": behind,
  "more than announced is 'protocol'": behind,
  '1xx before': 'undici refuses a "100 Continue" that was not asked for',
  'a large body waits until the server asks for it': noExpect,
  'a large body is sent to a server that never asks for it, and the next one not announced': noExpect,
  'a server that refuses announcements is sent the body without one': noExpect,
  'an answer before the body is sent is taken, and the connection not used again': noExpect,
  'reading allocates nothing of the size of bodies': 'undici allocates for what it receives',
})
