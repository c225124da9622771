import assert from 'node:assert/strict'
import test from 'node:test'
import { checksumAlgorithms, compositeChecksum, createDigest, isBase64Of, isChecksum, joinedChecksum, type ChecksumAlgorithm, type LinearAlgorithm } from '../../src/util/checksum.ts'
import { crc32c } from '../../src/util/crc.ts'
import { crc32cByTables } from '../../src/util/crc-tables.ts'
import { taps as taps32c, thinnedLength } from '../../src/util/crc32c-thin.ts'
import { crc64nvme, crc64Polynomial } from '../../src/util/crc64.ts'
import { layout, taps } from '../../src/util/crc64-program.ts'

function hex(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string {
  const digest = createDigest(algorithm)
  for (const piece of pieces) digest.update(piece)
  return Buffer.from(digest.base64(), 'base64').toString('hex')
}

const ascii = Buffer.from('123456789')

// Check values: "Catalogue of parametrised CRC algorithms" (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME); FIPS 180.
const rows: [ChecksumAlgorithm, Buffer, string][] = [
  ['CRC32', Buffer.alloc(0), '00000000'], ['CRC32C', Buffer.alloc(0), '00000000'], ['CRC64NVME', Buffer.alloc(0), '0000000000000000'],
  ['CRC32', ascii, 'cbf43926'], ['CRC32C', ascii, 'e3069283'], ['CRC64NVME', ascii, 'ae8b14860a799888'],
  ['SHA1', ascii, 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', ascii, '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
]
for (const [algorithm, data, expected] of rows) {
  test(`${algorithm} of ${data.length} bytes`, () => { assert.equal(hex(algorithm, data), expected) })
}

// RFC 3720, B.4.
const vectors: [string, Buffer, number][] = [
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa], ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['ascending', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e], ['descending', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
]
for (const [name, data, expected] of vectors) test(`CRC-32C of RFC 3720: ${name}`, () => { assert.equal(crc32c(data), expected) })

const data = Buffer.from(Array.from({ length: 1009 }, (_, i) => (i * 193 + (i >> 3)) & 0xff))

for (const algorithm of checksumAlgorithms) {
  test(`${algorithm} of pieces is that of the whole`, () => {
    for (const cut of [0, 1, 7, 8, 9, 1008, 1009]) assert.equal(hex(algorithm, data.subarray(0, cut), data.subarray(cut)), hex(algorithm, data))
  })
}

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] satisfies LinearAlgorithm[]) {
  test(`${algorithm} of the whole follows from its parts`, () => {
    const cuts = [0, 0, 1, 500, 1009]
    const parts = cuts.slice(1).map((end, i) => {
      const part = data.subarray(cuts[i], end)
      return { value: Buffer.from(hex(algorithm, part), 'hex').toString('base64'), size: part.length }
    })
    assert.equal(Buffer.from(joinedChecksum(algorithm, parts).value, 'base64').toString('hex'), hex(algorithm, data))
  })
}

test('a composite checksum is the checksum of the checksums', () => {
  const parts = ['a', 'b'].map((text) => ({ value: Buffer.from(hex('SHA256', Buffer.from(text)), 'hex').toString('base64'), size: 1 }))
  const both = Buffer.concat(parts.map(({ value }) => Buffer.from(value, 'base64')))
  const { value, type } = compositeChecksum('SHA256', parts)
  assert.equal(value, `${Buffer.from(hex('SHA256', both), 'hex').toString('base64')}-2`)
  assert.equal(type, 'COMPOSITE')
})

const texts: [string, number, boolean][] = [['', 0, true], ['AAAAAA==', 4, true], ['AAAAAA', 4, false], ['AAAAAB==', 4, false], ['AAAA', 4, false], ['!AAAAA==', 4, false]]
for (const [text, length, expected] of texts) {
  test(`'${text}' ${expected ? 'is' : 'is not'} base64 of ${length} bytes`, () => { assert.equal(isBase64Of(text, length), expected) })
}

test('a checksum has the length of its algorithm', () => {
  assert.equal(isChecksum('CRC32', 'AAAAAA=='), true)
  assert.equal(isChecksum('SHA1', 'AAAAAA=='), false)
})

test('native code and tables agree at every alignment and length, from any checksum on', () => {
  for (let begin = 0; begin < 9; begin++) {
    for (const length of [0, 1, 7, 8, 63, 64, 65, 1000]) {
      const bytes = data.subarray(begin, begin + length)
      for (const previous of [0, 1, 0xe3069283, 0xffffffff]) assert.equal(crc32c(bytes, previous), crc32cByTables(bytes, previous))
    }
  }
})

function crc64ByBits(bytes: Uint8Array, previous: bigint): bigint {
  const allOnes = 0xffff_ffff_ffff_ffffn
  let crc = previous ^ allOnes
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ crc64Polynomial
  }
  return crc ^ allOnes
}

test('CRC-64/NVME bit by bit agrees at every alignment and length, from any checksum on', () => {
  const { span } = layout
  const long = Buffer.from(Array.from({ length: 4 * span }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24))
  for (const [begins, lengths] of [[[0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 100]], [[0, 5], [span, 3 * span - 1, 3 * span, 3 * span + 1, 3 * span + 15, 3 * span + 63]]] as const) {
    for (const begin of begins) {
      for (const length of lengths) {
        const bytes = long.subarray(begin, begin + length)
        for (const previous of [0n, 1n, 0xae8b14860a799888n, 0xffff_ffff_ffff_ffffn]) assert.equal(crc64nvme(bytes, previous), crc64ByBits(bytes, previous), `${begin}+${length} from ${previous}`)
      }
    }
  }
})

test('CRC-64/NVME of more than its memory holds is that of its pieces', () => {
  const long = Buffer.alloc(2 * layout.capacity + 33, 'not the same everywhere')
  for (const cut of [1, 7, layout.capacity - 65, layout.capacity - 64, layout.capacity, 2 * layout.capacity + 30]) assert.equal(crc64nvme(long.subarray(cut), crc64nvme(long.subarray(0, cut))), crc64nvme(long))
  assert.equal(crc64nvme(long), crc64ByBits(long, 0n))
})

test('the distances of CRC-64/NVME make a multiple of its polynomial', () => {
  const longest = Math.max(...taps)
  // A byte of 1, and the bytes that make up for it: the CRC of that beside the CRC of as many zeros.
  const word = Buffer.alloc(longest + 1)
  for (const tap of [0, ...taps]) word[tap] = 1
  assert.equal(crc64ByBits(word, 0n), crc64ByBits(Buffer.alloc(longest + 1), 0n))
})

test('the distances of CRC-32C make a multiple of its polynomial', () => {
  const longest = Math.max(...taps32c)
  const word = Buffer.alloc(longest + 1)
  for (const tap of [0, ...taps32c]) word[tap] = 1
  assert.equal(crc32cByTables(word), crc32cByTables(Buffer.alloc(longest + 1)))
})

test('CRC-32C of long data, which is thinned, is that of the tables, at every length around a step and a piece, from any checksum on', () => {
  const long = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 193 + (i >> 3) * 7 + (i >> 11)) & 0xff))
  for (const around of [thinnedLength, 3 * 32_768, 131_072, 262_144 - 16]) {
    for (const off of [-65, -64, -63, -17, -16, -15, -1, 0, 1, 8, 15, 16, 17, 63, 64, 65, 4001]) {
      for (const previous of [0, 1, 0xe3069283, 0xffffffff]) {
        const bytes = long.subarray(3, 3 + around + off)
        assert.equal(crc32c(bytes, previous), crc32cByTables(bytes, previous), `${bytes.length} bytes after ${previous}`)
      }
    }
  }
  assert.equal(crc32c(long.subarray(200_000), crc32c(long.subarray(0, 200_000))), crc32cByTables(long))
})

test('CRC-32C of so much data that its pieces cannot all be alike is that of short ones, one after another', () => {
  const long = Buffer.alloc(128 * 1024 * 1024 + 20)
  for (let at = 0; at < long.length; at += 9973) long[at] = at % 251 + 1
  for (const around of [64 * 1024 * 1024, 100 * 1024 * 1024, 128 * 1024 * 1024]) {
    for (const off of [-1, 0, 1, 3, 4, 16, 17]) {
      const bytes = long.subarray(0, around + off)
      let pieced = 0x1234
      for (let at = 0; at < bytes.length; at += thinnedLength - 1) pieced = crc32c(bytes.subarray(at, at + thinnedLength - 1), pieced)
      assert.equal(crc32c(bytes, 0x1234), pieced, `${bytes.length} bytes`)
    }
  }
})
