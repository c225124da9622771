// tf.train.Example, whatever features it has, decoded by protobufjs. Its message types are given as a table: there is no
// .proto file to be found at run time. Source: tensorflow/core/example/{example,feature}.proto.

import protobuf from 'protobufjs/light.js'

import { damaged } from './format-fault.ts'
import type { Tensor } from './tensor.ts'

const featureMap: protobuf.IMapField = { keyType: 'string', type: 'Feature', id: 1 }
const schema: protobuf.INamespace = {
  nested: {
    BytesList: { fields: { value: { rule: 'repeated', type: 'bytes', id: 1 } } },
    FloatList: { fields: { value: { rule: 'repeated', type: 'float', id: 1, options: { packed: true } } } },
    Int64List: { fields: { value: { rule: 'repeated', type: 'int64', id: 1, options: { packed: true } } } },
    Feature: {
      oneofs: { kind: { oneof: ['bytes', 'floats', 'ints'] } },
      fields: { bytes: { type: 'BytesList', id: 1 }, floats: { type: 'FloatList', id: 2 }, ints: { type: 'Int64List', id: 3 } },
    },
    Features: { fields: { feature: featureMap } },
    Example: { fields: { features: { type: 'Features', id: 1 } } },
  },
}

/** How protobufjs gives 64-bit integers: its package "long" comes with it. */
interface Long { readonly low: number; readonly high: number }
interface FeatureMessage {
  readonly bytes?: { readonly value?: readonly Uint8Array[] } | null
  readonly floats?: { readonly value?: readonly number[] } | null
  readonly ints?: { readonly value?: readonly Long[] } | null
}
interface ExampleMessage { readonly features?: { readonly feature?: Readonly<Record<string, FeatureMessage>> } | null }

const exampleType = protobuf.Root.fromJSON(schema).lookupType('Example')

/** A feature's values: byte strings as uint8 [length] each, floats as one float32 [count], integers as one int64 [count]. */
export interface Feature {
  readonly name: string
  /** Undefined: the feature is there, without a list of any kind. */
  readonly kind: 'bytes' | 'float' | 'int64' | undefined
  readonly tensors: readonly Tensor[]
}

/**
 * The features of a payload in the order of their names. Byte strings are views of it.
 * @throws {Fault} 'format' when it is no Example. `offset`: of its record in the object.
 */
export function exampleFeatures(key: string, payload: Uint8Array, offset: number): Feature[] {
  let message: ExampleMessage
  try {
    message = exampleType.decode(payload) as ExampleMessage
  } catch (error) {
    throw damaged(key, offset, `${key} has a record at ${offset} that is no tf.train.Example: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const features = Object.entries(message.features?.feature ?? {})
  return features.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, feature]) => ({ name, ...valuesOf(feature) }))
}

function valuesOf({ bytes, floats, ints }: FeatureMessage): Omit<Feature, 'name'> {
  if (bytes) return { kind: 'bytes', tensors: (bytes.value ?? []).map(bytesTensor) }
  if (floats) return { kind: 'float', tensors: [numbersTensor('float32', Float32Array.from(floats.value ?? []))] }
  if (ints) return { kind: 'int64', tensors: [numbersTensor('int64', words(ints.value ?? []))] }
  return { kind: undefined, tensors: [] }
}

/** The bytes themselves: uint8 [length]. */
export function bytesTensor(bytes: Uint8Array): Tensor {
  return { dtype: 'uint8', shape: [bytes.length], strides: [1], bytes, offset: 0 }
}

function numbersTensor(dtype: 'float32' | 'int64', { buffer, byteLength }: Float32Array | Int32Array): Tensor {
  const itemSize = dtype === 'int64' ? 8 : 4
  return { dtype, shape: [byteLength / itemSize], strides: [itemSize], bytes: new Uint8Array(buffer, 0, byteLength), offset: 0 }
}

/** 64-bit integers as pairs of 32-bit words, the lower first. */
function words(values: readonly Long[]): Int32Array {
  const pairs = new Int32Array(2 * values.length)
  for (const [i, { low, high }] of values.entries()) {
    pairs[2 * i] = low
    pairs[2 * i + 1] = high
  }
  return pairs
}
