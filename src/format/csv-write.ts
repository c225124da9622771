// CSV as pandas writes DLIO's rows: no header, no index, "\n", numbers in Python's spelling. Source: DLIO's CSVGenerator.

import { Fault } from '../util/fault.ts'
import { MiB } from '../util/units.ts'
import { deflatePieces } from './deflate.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { pythonFloat, pythonFloat16, pythonFloat32 } from './python-number.ts'
import { float16 } from './tensor-values.ts'
import { elementCount, itemSizes, type DType } from './tensor.ts'

/** Bytes of a sample that are turned into text at a time. A multiple of every element's size. */
const chunkLength = 64 * 1024
/** Bytes of text in a piece, at least. */
const pieceLength = MiB

export async function* encodeCsv(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  checkOptions(samples, options)
  if (options.compression === 'gzip') yield* deflatePieces(textPieces(samples), options.compressionLevel, 'gzip')
  else yield* textPieces(samples)
}

/** Never known: numbers have as many digits as they have. */
export function csvEncodedSize(samples: SampleBlock, options: EncodeOptions): undefined {
  checkOptions(samples, options)
}

function checkOptions({ dtype }: SampleBlock, { compression }: EncodeOptions): void {
  if (compression !== 'none' && compression !== 'gzip') {
    throw new Fault('usage', `dataset.compression is ${compression}, and csv files are written plain or with gzip`, {
      info: { key: 'dataset.compression' }, hint: 'use dataset.compression=gzip or none',
    })
  }
  if (dtype.startsWith('complex')) {
    throw new Fault('usage', `dataset.record_element_type is ${dtype}, and csv files hold real numbers`, { info: { key: 'dataset.record_element_type' } })
  }
}

function* textPieces(samples: SampleBlock): Generator<Uint8Array> {
  const itemSize = itemSizes[samples.dtype]
  const length = elementCount(samples.shape) * itemSize
  const chunk = new Uint8Array(Math.min(chunkLength, length))
  let texts: string[] = [], textLength = 0
  for (let index = 0; index < samples.numSamples; index++) {
    for (let offset = 0; offset < length; offset += chunkLength) {
      const part = chunk.subarray(0, Math.min(chunkLength, length - offset))
      samples.fill(index, offset, part)
      const text = numbersText(part, samples.dtype)
      if (offset > 0) texts.push(',')
      texts.push(text)
      textLength += text.length
      if (textLength < pieceLength) continue
      yield Buffer.from(texts.join(''), 'latin1')
      texts = []
      textLength = 0
    }
    texts.push('\n')
  }
  if (texts.length > 0) yield Buffer.from(texts.join(''), 'latin1')
}

/** `bytes`: elements from the beginning of a buffer, little-endian. */
function numbersText({ buffer, length }: Uint8Array, dtype: DType): string {
  const count = length / itemSizes[dtype]
  switch (dtype) {
    case 'bool': return Array.from(new Uint8Array(buffer, 0, count), (value) => (value === 0 ? 'False' : 'True')).join()
    case 'int8': return new Int8Array(buffer, 0, count).join()
    case 'uint8': return new Uint8Array(buffer, 0, count).join()
    case 'int16': return new Int16Array(buffer, 0, count).join()
    case 'uint16': return new Uint16Array(buffer, 0, count).join()
    case 'int32': return new Int32Array(buffer, 0, count).join()
    case 'uint32': return new Uint32Array(buffer, 0, count).join()
    case 'int64': return new BigInt64Array(buffer, 0, count).join()
    case 'uint64': return new BigUint64Array(buffer, 0, count).join()
    case 'float16': return Array.from(new Uint16Array(buffer, 0, count), (bits) => pythonFloat16(float16(bits))).join()
    case 'float32': return Array.from(new Float32Array(buffer, 0, count), pythonFloat32).join()
    case 'float64': return Array.from(new Float64Array(buffer, 0, count), pythonFloat).join()
    // Refused before.
    case 'complex64': case 'complex128': throw new RangeError(`no text for ${dtype}`)
    default: return dtype satisfies never
  }
}
