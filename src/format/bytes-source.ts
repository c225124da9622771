// A ByteSource over bytes that are here: `read` is a view and costs nothing.

import { damaged } from './format-fault.ts'
import type { ByteSource } from './format.ts'

export function bytesSource(key: string, bytes: Uint8Array): ByteSource {
  return {
    key,
    size: bytes.length,
    // Synchronous inside, so that a decoder over it never waits for anything but the microtask queue.
    async read(offset: number, length: number): Promise<Uint8Array> {
      if (offset < 0 || length < 0 || offset + length > bytes.length) {
        throw damaged(key, offset, `${length} bytes at ${offset} of ${key} are outside its ${bytes.length} bytes`)
      }
      return bytes.subarray(offset, offset + length)
    },
  }
}
