// DLIO's synthetic format: each file holds its number as text, and no reader ever opens one.
// Source: DLIO's SyntheticGenerator and SyntheticReader.

import { refuseCompression } from './compression.ts'
import { damaged } from './format-fault.ts'
import type { ByteSource, EncodeOptions, Format, Inspection, OpenHint, SampleBlock, SampleReader } from './format.ts'
import { checkSampleIndex } from './samples.ts'
import type { Tensor } from './tensor.ts'

/** Longer ones hold no number that counts files. Bytes. */
const longestNumber = 16

const nothing: Tensor = { dtype: 'uint8', shape: [0], strides: [1], bytes: new Uint8Array(0), offset: 0 }

export const synthetic: Format = {
  name: 'synthetic',
  open, inspect,
  encodedSize: (samples, options) => textOf(samples, options).length,
  async * encode(samples, options) { yield textOf(samples, options) },
}

function textOf({ fileIndex }: SampleBlock, options: EncodeOptions): Uint8Array {
  refuseCompression('synthetic', options)
  return Buffer.from(String(fileIndex))
}

/** DLIO's num_samples_per_file, which is 1 where nobody says otherwise. */
function samplesOf({ numSamples }: OpenHint): number {
  return numSamples === 0 ? 1 : numSamples
}

/** Reads nothing: what a training then measures is the client alone. */
async function open({ key }: ByteSource, hint: OpenHint): Promise<SampleReader> {
  const numSamples = samplesOf(hint)
  return {
    numSamples,
    async readSample(index) {
      checkSampleIndex(key, index, numSamples)
      return nothing
    },
  }
}

async function inspect(source: ByteSource, hint: OpenHint): Promise<Inspection> {
  const { key, size } = source
  const bytes = await source.read(0, Math.min(size, longestNumber + 1))
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (!/^\d{1,16}$/.test(text)) throw damaged(key, 0, `${key} does not hold the number of a file: ${JSON.stringify(text)}`)
  const value = Buffer.alloc(8)
  value.writeBigUInt64LE(BigInt(text))
  return { numSamples: samplesOf(hint), arrays: [{ name: 'index', dtype: 'uint64', shape: [], tensor: { dtype: 'uint64', shape: [], strides: [], bytes: value, offset: 0 } }] }
}
