// The shortest way to the image of a tf.train.Example: one pass over tags and lengths, nothing copied or allocated.
// 0.25 µs a sample where the general decoder (tf-example.ts) takes 1 µs or more; it takes over for whatever is unusual.
// Source: Protocol Buffers, "Encoding"; tensorflow/core/example/feature.proto.

const lengthDelimited = 2
/** Field 1 and field 2, length-delimited. */
const first = 0x0a
const second = 0x12

/** Thrown by no message that this pass understands; never seen outside. */
const unusual = new Error('not what this pass reads')

class Fields {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  varint(): number {
    let value = 0
    for (let scale = 1; scale < 2 ** 42; scale *= 128) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw unusual
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw unusual
  }

  /** Where the length-delimited field that begins here ends: not beyond `limit`. */
  end(limit: number): number {
    const length = this.varint()
    if (this.at + length > limit) throw unusual
    return this.at + length
  }

  /** The end of the next field of the message that ends at `limit`, where its tag is `tag`; others of its kind are stepped over. */
  next(tag: number, limit: number): number | undefined {
    while (this.at < limit) {
      const found = this.varint()
      if ((found & 7) !== lengthDelimited) throw unusual
      const end = this.end(limit)
      if (found === tag) return end
      this.at = end
    }
    if (this.at !== limit) throw unusual
    return undefined
  }
}

/** The only value of the bytes feature `image`: a view of `payload`. Undefined when the message is any other, or damaged. */
export function exampleImage(payload: Uint8Array): Uint8Array | undefined {
  try {
    const fields = new Fields(payload, 0)
    const features = fields.next(first, payload.length)
    if (features !== payload.length) return undefined
    let image: Uint8Array | undefined
    for (let entry = fields.next(first, features); entry !== undefined; entry = fields.next(first, features)) {
      const found = imageOfEntry(fields, entry)
      if (found && image) return undefined
      image ??= found
      fields.at = entry
    }
    return image
  } catch (error) {
    if (error === unusual) return undefined
    throw error
  }
}

/** An entry of the map: its key, then its value. */
function imageOfEntry(fields: Fields, end: number): Uint8Array | undefined {
  const { bytes } = fields
  if (fields.varint() !== first) throw unusual
  const keyEnd = fields.end(end)
  if (!isImage(bytes, fields.at, keyEnd)) return undefined
  fields.at = keyEnd
  const value = fields.next(second, end)
  if (value !== end) throw unusual
  const list = fields.next(first, value)
  if (list !== value) throw unusual
  const imageEnd = fields.next(first, list)
  if (imageEnd !== list) throw unusual
  return bytes.subarray(fields.at, imageEnd)
}

function isImage(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at === 5 && bytes[at] === 0x69 && bytes[at + 1] === 0x6d && bytes[at + 2] === 0x61 && bytes[at + 3] === 0x67 && bytes[at + 4] === 0x65
}
