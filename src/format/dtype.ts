// NumPy's element types as they are written in files ("descr"). Knows names and sizes, no values.
// Source: NumPy, "The Array Interface Protocol", typestr; numpy.lib.format, header descr.

import { itemSizes, type DType } from './tensor.ts'

export interface ElementType {
  /** NumPy's name, for people: "float32", "<U7", "datetime64[ns]". */
  readonly name: string
  /** Bytes of an element; undefined where it is not stored as such. */
  readonly itemSize: number
  readonly bigEndian: boolean
  /**
   * Numbers we compute with; 'text' and 'time' can be described; 'structured' and 'wide' (long double) not even that;
   * 'object' is a pickle, which is a program.
   */
  readonly kind: 'number' | 'text' | 'time' | 'structured' | 'wide' | 'object'
  /** Present when kind is 'number'. */
  readonly dtype?: DType
}

const numberNames: Readonly<Record<string, string>> = { i: 'int', u: 'uint', f: 'float', c: 'complex' }
const isDType = (name: string): name is DType => Object.hasOwn(itemSizes, name)

function number(dtype: DType, bigEndian = false): ElementType {
  return { name: dtype, dtype, itemSize: itemSizes[dtype], bigEndian: bigEndian && itemSizes[dtype] > 1, kind: 'number' }
}

/** The type that a descr string such as "<f4", "|u1" or "=i8" names. Undefined when it is none of NumPy's. */
export function elementType(descr: string): ElementType | undefined {
  if (isDType(descr)) return number(descr)
  const match = /^([<>=|]?)([?biufcSaUVmMO])(\d{0,9})(\[\d{0,9}[a-zA-Zμ]{1,2}\])?$/.exec(descr)
  if (!match) return undefined
  const [, order, code, digits, unit] = match as unknown as [string, string, string, string, string | undefined]
  const bigEndian = order === '>'
  const size = digits === '' ? undefined : Number(digits)
  if (unit !== undefined && code !== 'm' && code !== 'M') return undefined
  switch (code) {
    case '?': return size === undefined ? number('bool') : undefined
    case 'b': return size === 1 ? number('bool') : undefined
    case 'S': case 'a': case 'U': {
      const itemSize = (size ?? 0) * (code === 'U' ? 4 : 1)
      return { name: `${code === 'U' ? order === '>' ? '>' : '<' : '|'}${code === 'a' ? 'S' : code}${size ?? 0}`, itemSize, bigEndian, kind: 'text' }
    }
    case 'm': case 'M': {
      if (size !== undefined && size !== 8) return undefined
      return { name: `${code === 'M' ? 'datetime64' : 'timedelta64'}${unit ?? ''}`, itemSize: 8, bigEndian, kind: 'time' }
    }
    case 'V': return { name: `|V${size ?? 0}`, itemSize: size ?? 0, bigEndian, kind: 'structured' }
    case 'O': return { name: 'object', itemSize: size ?? 8, bigEndian, kind: 'object' }
    default: {
      const name = `${numberNames[code]}${(size ?? 0) * 8}`
      if (isDType(name)) return number(name, bigEndian)
      const wide = (code === 'f' && (size === 12 || size === 16)) || (code === 'c' && (size === 24 || size === 32))
      return wide ? { name, itemSize: size, bigEndian, kind: 'wide' } : undefined
    }
  }
}

/** The descr that NumPy writes for a type on a little-endian machine. */
export function descrOf(dtype: DType): string {
  const size = itemSizes[dtype]
  const code = dtype === 'bool' ? 'b' : dtype.startsWith('float') ? 'f' : dtype[0]!
  return `${size === 1 ? '|' : '<'}${code}${size}`
}
