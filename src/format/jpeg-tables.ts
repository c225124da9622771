// The tables of a baseline greyscale JPEG of quality 75, which is Pillow's default. Source: ITU-T T.81, annex K: quantization
// K.1 (halved and rounded, as libjpeg's quality 75 does), Huffman tables K.3 and K.5, zig-zag sequence of figure A.6.

/** Place in the block, row by row, of each coefficient in zig-zag order. */
export const zigZag: Uint8Array = Uint8Array.from(function* (): Generator<number> {
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const low = Math.max(0, diagonal - 7), high = Math.min(7, diagonal)
    for (let i = low; i <= high; i++) {
      const row = diagonal % 2 === 0 ? high - (i - low) : i
      yield row * 8 + diagonal - row
    }
  }
}())

/** In zig-zag order, as in the file. */
export const quantization: Uint8Array = Buffer.from('080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432', 'hex')

/** Codes per length, 1 to 16 bits, then the symbols in order of their codes: a DHT segment's content. */
export const dcTable: Uint8Array = Buffer.from('00010501010101010100000000000000000102030405060708090a0b', 'hex')
export const acTable: Uint8Array = Buffer.from('0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a' +
  '25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa' +
  'b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa', 'hex')

/** By symbol: its code, and how many bits that has. */
export interface Codes { readonly code: Uint16Array; readonly length: Uint8Array }

export function codesOf(table: Uint8Array): Codes {
  const code = new Uint16Array(256), length = new Uint8Array(256)
  let next = 0, at = 16
  for (let bits = 1; bits <= 16; bits++, next <<= 1) {
    for (let count = table[bits - 1]!; count > 0; count--) {
      const symbol = table[at++]!
      code[symbol] = next++
      length[symbol] = bits
    }
  }
  return { code, length }
}
