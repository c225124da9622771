// FORMAT npz: NumPy arrays in a ZIP archive. DLIO keeps the samples in `x`, on its last axis, and labels in `y`.

import { damaged, refused } from './format-fault.ts'
import type { ArrayDescription, ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import { hasNpyMagic, numberType, parseNpyHeader } from './npy-header.ts'
import { encodeNpz, encodeNpzInto, npzEncodedSize } from './npz-write.ts'
import { NpzTwin } from './npz-twin.ts'
import { followedLength } from './running-crc.ts'
import { arrayReader, arrayTensor, sampleCount } from './samples.ts'
import { GiB } from '../util/units.ts'
import { openZip, type Member, type ZipArchive } from './zip-archive.ts'
import type { ZipEntry } from './zip.ts'

export const npz: Format = { name: 'npz', open, inspect, encode: encodeNpz, encodeInto: encodeNpzInto, encodedSize: npzEncodedSize }

/** DLIO's array, else the first one. */
function mainEntry(archive: ZipArchive): ZipEntry | undefined {
  return archive.entries.find(({ name }) => name === 'x.npy') ?? archive.entries.find(({ name }) => name.endsWith('.npy'))
}

/**
 * Reads the archive's tail and the whole member, because only all of its bytes have a CRC-32; samples are then views.
 * The number of samples is the last axis of the array: the hint is not needed.
 */
async function open(source: ByteSource, _hint: OpenHint): Promise<SampleReader> {
  const { key, size } = source
  if (source.whole && last?.size === size) {
    const twin = last
    const running = twin.running()
    const array = twin.arrayIn(await source.read(0, size, size < followedLength ? undefined : (bytes, filled) => { running.follow(bytes, filled) }), running)
    if (array) return arrayReader(key, array)
  }
  const archive = await openZip(source)
  const entry = mainEntry(archive)
  if (!entry) {
    const names = archive.entries.slice(0, 5).map(({ name }) => `"${name.slice(0, 40)}"`).join(', ')
    throw damaged(key, 0, `${key} holds no array: ${names === '' ? 'the archive is empty' : `its members are ${names}`}`)
  }
  const member = await archive.readMember(entry)
  const { type, shape, fortranOrder, dataOffset } = headerOf(key, member)
  const layout = { dtype: numberType(key, type), shape, fortranOrder, bigEndian: type.bigEndian }
  const array = arrayTensor(layout, member.bytes, member.begin + dataOffset)
  if (source.whole && entry.method === 0 && !type.bigEndian) {
    last = new NpzTwin(await source.read(0, size), array, { entry, member, directoryOffset: archive.entries[0]!.directoryOffset })
  }
  return arrayReader(key, array)
}

/** What the last object that was read whole looked like. */
let last: NpzTwin | undefined

function headerOf(key: string, { bytes, begin, length, offset }: Member): ReturnType<typeof parseNpyHeader> {
  return parseNpyHeader(key, bytes.subarray(begin, begin + length), offset, length)
}

/**
 * All members, as np.load names them. The main array must be one that is safe to describe; beside it, arrays of objects or
 * records are listed without values, and members that are no arrays as the byte strings that np.load gives for them.
 */
async function inspect(source: ByteSource, _hint: OpenHint): Promise<Inspection> {
  const archive = await openZip(source)
  const main = mainEntry(archive)
  const arrays: ArrayDescription[] = []
  let numSamples = 0
  let inflated = 0
  for (const entry of archive.entries) {
    if (entry.method !== 0) inflated += entry.size
    if (inflated > Math.max(GiB, 100 * source.size)) throw refused(source.key, `${source.key} wants more than ${inflated} bytes inflated, which looks like a decompression bomb`)
    const array = describe(source.key, entry, await archive.readMember(entry), entry === main)
    arrays.push(array)
    if (entry === main) numSamples = sampleCount(array.shape)
  }
  return { numSamples, arrays }
}

function describe(key: string, entry: ZipEntry, member: Member, isMain: boolean): ArrayDescription {
  const name = entry.name.endsWith('.npy') ? entry.name.slice(0, -4) : entry.name
  if (name === entry.name && !hasNpyMagic(member.bytes.subarray(member.begin, member.begin + member.length))) {
    return { name, dtype: `|S${member.length}`, shape: [] }
  }
  const { type, shape, fortranOrder, dataOffset } = headerOf(key, member)
  if (type.dtype === undefined) {
    if (isMain && type.kind !== 'text' && type.kind !== 'time') numberType(key, type)
    return { name, dtype: type.name, shape, fortranOrder }
  }
  const layout = { dtype: type.dtype, shape, fortranOrder, bigEndian: type.bigEndian }
  return { name, dtype: type.name, shape, fortranOrder, tensor: arrayTensor(layout, member.bytes, member.begin + dataOffset) }
}
