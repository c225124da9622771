// The short way to an image, held against protobufjs on examples of every kind and on their mutations.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { exampleImage } from '../../src/format/example-image.ts'
import { exampleFeatures } from '../../src/format/tf-example.ts'
import { valuesBetween } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { randomOf } from './random.ts'

type Bytes = readonly number[]

function varint(value: number): Bytes {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
const field = (id: number, content: Bytes): Bytes => [...varint(id * 8 + 2), ...varint(content.length), ...content]
const text = (value: string): Bytes => [...Buffer.from(value)]
const entry = (name: string, feature: Bytes): Bytes => field(1, [...field(1, text(name)), ...field(2, feature)])
const bytesFeature = (...values: Bytes[]): Bytes => field(1, values.flatMap((value) => field(1, value)))
const size = entry('size', field(3, field(1, [4])))
const image = entry('image', bytesFeature([1, 2, 3, 4]))
const unknownVarint: Bytes = [5 * 8, 7]
const example = (...entries: Bytes[]): Uint8Array => Uint8Array.from(field(1, entries.flat()))

/** Message, and the image that the short way must give; undefined where it must leave the message to protobufjs. */
const messages: Readonly<Record<string, readonly [message: Uint8Array, image: Bytes | undefined]>> = {
  'no bytes': [new Uint8Array(0), undefined],
  'no features': [Uint8Array.from([10, 0]), undefined],
  'image and size': [example(image, size), [1, 2, 3, 4]],
  'size and image': [example(size, image), [1, 2, 3, 4]],
  'an empty image': [example(entry('image', bytesFeature([]))), []],
  'a long image': [example(entry('image', bytesFeature(Array.from({ length: 20_000 }, (_, i) => i & 255)))), Array.from({ length: 20_000 }, (_, i) => i & 255)],
  'another name of that length': [example(entry('imagf', bytesFeature([1]))), undefined],
  'a name that begins so': [example(entry('image/encoded', bytesFeature([1]))), undefined],
  'two values': [example(entry('image', bytesFeature([1], [2]))), undefined],
  'no value': [example(entry('image', field(1, []))), undefined],
  'image twice': [example(image, entry('image', bytesFeature([9]))), undefined],
  'floats of that name': [example(entry('image', field(2, field(1, [0, 0, 128, 63])))), undefined],
  'value before key': [example(field(1, [...field(2, bytesFeature([1])), ...field(1, text('image'))])), undefined],
  'an unknown field in the message': [Uint8Array.from([...unknownVarint, ...example(image)]), undefined],
  'an unknown field in the features': [example(unknownVarint, image), undefined],
  'an unknown field of bytes': [example(field(9, [1, 2]), image), [1, 2, 3, 4]],
  'truncated': [example(image, size).subarray(0, -1), undefined],
  'a length beyond the end': [Uint8Array.from([10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), undefined],
}

/** What protobufjs makes of the feature `image`; 'damaged' where the message is none. */
function imageByLibrary(message: Uint8Array): Uint8Array[] | 'damaged' | undefined {
  try {
    return exampleFeatures('k', message, 0).find(({ name, kind }) => name === 'image' && kind === 'bytes')?.tensors.map(({ bytes }) => bytes)
  } catch (error) {
    assert.ok(isFault(error, 'format'), String(error))
    return 'damaged'
  }
}

for (const [name, [message, expected]] of Object.entries(messages)) {
  test(`the short way through an example: ${name}`, () => {
    const found = exampleImage(message)
    assert.deepEqual(found && [...found], expected)
    if (found) assert.deepEqual(imageByLibrary(message)?.[0], found)
  })
}

test('whatever is done to a message, both ways tell the same image', () => {
  let seen = 0
  const rows = Object.values(messages).filter(([message, expected]) => message.length < 100 && expected !== undefined)
  for (let seed = 0; seed < 8000; seed++) {
    const random = randomOf(seed)
    const message = Buffer.from(rows[random(rows.length)]![0])
    for (let count = 1 + random(2); count > 0; count--) message[random(message.length)] = random(3) === 0 ? random(256) : message[random(message.length)]!
    const found = exampleImage(message)
    const library = imageByLibrary(message)
    // The short way does not look into other features, nor at text that is no UTF-8.
    if (!found || library === 'damaged') continue
    seen++
    assert.deepEqual(library?.map((bytes) => [...bytes]), [[...found]], `seed ${seed}: ${message.toString('hex')}`)
  }
  assert.ok(seen > 1000, `${seen} messages were compared`)
})

test('integers beyond 2^53 keep every bit', () => {
  const [feature] = exampleFeatures('k', example(entry('i', field(3, field(1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])))), 0)
  assert.deepEqual(valuesBetween(feature!.tensors[0]!, 0, 2), ['9223372036854775807', -1])
})

test('features whose names are those of an object\'s own are features', () => {
  const features = exampleFeatures('k', example(entry('constructor', bytesFeature([1])), entry('toString', bytesFeature([2]))), 0)
  assert.deepEqual(features.map(({ name }) => name), ['constructor', 'toString'])
})
