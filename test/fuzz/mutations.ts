// What is done to good objects: each mutation is a pure function of the bytes and a source of random numbers.

export type Random = (below: number) => number
export type Mutation = (bytes: Buffer, random: Random) => Buffer

const lies = [0, 1, 2, 7, 0x10, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
const largeLies = [2n ** 31n, 2n ** 32n, 2n ** 40n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]

function lie(bytes: Buffer, at: number, random: Random): void {
  const value = lies[random(lies.length)]!
  const width = [1, 2, 4][random(3)]!
  if (at + width > bytes.length) return
  if (width === 1) bytes.writeUInt8(value & 0xff, at)
  else if (width === 2) bytes.writeUInt16LE(value & 0xffff, at)
  else if (random(4) === 0) bytes.writeUInt32BE(value, at)
  else bytes.writeUInt32LE(value, at)
}

/** `bytes` is the mutation's own: it may change them in place. Never empty. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'bit flips': (bytes, random) => {
    for (let flips = 1 + random(4); flips > 0; flips--) bytes[random(bytes.length)]! ^= 1 << random(8)
    return bytes
  },
  truncation: (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  // Where headers are: the beginning and the end.
  'lying numbers': (bytes, random) => {
    const near = Math.min(bytes.length, 260)
    for (let count = 1 + random(3); count > 0; count--) lie(bytes, random(2) === 0 ? random(near) : bytes.length - 1 - random(near), random)
    return bytes
  },
  'lies anywhere': (bytes, random) => {
    for (let count = 1 + random(2); count > 0; count--) lie(bytes, random(bytes.length), random)
    return bytes
  },
  'huge sizes': (bytes, random) => {
    if (bytes.length < 8) return bytes
    const near = Math.min(bytes.length - 7, 400)
    const at = [random(near), bytes.length - 8 - random(near), random(bytes.length - 7)][random(3)]!
    bytes.writeBigUInt64LE(largeLies[random(largeLies.length)]!, at)
    return bytes
  },
  'text in headers': (bytes, random) => {
    const text = ['9', '(', "'", '}', 'L', ',', '\\', '<O', ' -', '\0', '999999999', '1e9', '\n'][random(13)]!
    if (bytes.length > text.length) bytes.write(text, random(Math.min(bytes.length - text.length, 300)), 'latin1')
    return bytes
  },
  'pieces moved': (bytes, random) => {
    const [from, to] = [random(bytes.length), random(bytes.length)]
    bytes.copy(bytes, to, from, Math.min(bytes.length, from + 1 + random(64)))
    return bytes
  },
  'a piece removed': (bytes, random) => {
    const at = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(16))])
  },
}
