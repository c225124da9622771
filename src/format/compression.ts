// dataset.compression where a format has none.

import { Fault } from '../util/fault.ts'
import type { EncodeOptions } from './format.ts'

/** @throws {Fault} 'usage' for any compression: writing without it would be another data set than the one asked for. */
export function refuseCompression(format: string, { compression }: EncodeOptions): void {
  if (compression === 'none') return
  throw new Fault('usage', `dataset.compression is ${compression}, and ${format} files have no compression`, {
    info: { key: 'dataset.compression' },
    hint: 'use dataset.compression=none, or dataset.format=npz with compression zip',
  })
}
