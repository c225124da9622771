// DALI's index of a TFRecord file, where DLIO puts it: "{offset} {length}\n" per frame, in {data folder}/index/{set}/{file}.idx.
// Source: DLIO's TFRecordGenerator; NVIDIA DALI, tfrecord2idx.

import { damaged } from './format-fault.ts'

/**
 * The key of the index that belongs to a data file; undefined where the file lies in no folder of a set. DLIO takes "valid"
 * anywhere in the path for the set; the set's folder is what we go by, so that no two files share an index.
 */
export function indexKey(key: string): string | undefined {
  const parts = key.split('/')
  const name = parts.pop()!
  const set = Math.max(parts.lastIndexOf('train'), parts.lastIndexOf('valid'))
  return set < 0 ? undefined : [...parts.slice(0, set), 'index', parts[set]!, `${name}.idx`].join('/')
}

/** The text for frames that begin at `offsets`, the last of which ends at the last one. Shape [n + 1]. */
export function indexText(offsets: Float64Array): string {
  const lines: string[] = []
  for (let i = 0; i + 1 < offsets.length; i++) lines.push(`${offsets[i]!} ${offsets[i + 1]! - offsets[i]!}\n`)
  return lines.join('')
}

/**
 * The offsets that an index lists, shape [n + 1]. Its frames must be all there is of the object of `size` bytes.
 * @throws {Fault} 'format' that names the index.
 */
export function parseIndex(key: string, text: string, size: number): Float64Array {
  const offsets = [0]
  let at = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const numbers = /^\s*(\d{1,16})\s+(\d{1,16})\s*$/.exec(line)
    const [offset, length] = [Number(numbers?.[1]), Number(numbers?.[2])]
    if (!numbers || offset !== at || length <= 0 || offset + length > size) {
      throw damaged(key, 0, `${key} does not fit the TFRecord file it is the index of: its line ${offsets.length} is ${JSON.stringify(line.slice(0, 40))}, where a record of the file's ${size} bytes begins at ${at}`)
    }
    at += length
    offsets.push(at)
  }
  if (at !== size) throw damaged(key, 0, `${key} does not fit the TFRecord file it is the index of: it ends at ${at} of ${size} bytes`)
  return Float64Array.from(offsets)
}
