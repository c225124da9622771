// What an image may cost in memory: its header's width and height are believed only as far as its bytes could fill them.

import { damaged, refused } from './format-fault.ts'
import { MiB } from '../util/units.ts'

/** Images of so many bytes need not be justified by their file's size; larger ones may be so many times as large as it. */
const freeLength = 24 * MiB
const bombRatio = 100

/**
 * Bytes of the decoded image. `maxRatio`: bytes of pixels that a byte of the file can make, at the very most.
 * @throws {Fault} 'format' when the file is too small for what it declares, before anything is allocated.
 */
export function decodedLength(source: { readonly key: string; readonly size: number }, dimensions: readonly number[], maxRatio: number): number {
  const length = dimensions.reduce((product, axis) => product * axis, 1)
  if (length > maxRatio * source.size) throw damaged(source.key, 0, `${source.key} declares ${dimensions.join(' × ')} bytes of pixels, which its ${source.size} bytes cannot hold`)
  if (length > freeLength && length > bombRatio * source.size) {
    throw refused(source.key, `${source.key} wants ${source.size} bytes decoded to ${length}, which looks like a decompression bomb`)
  }
  return length
}
