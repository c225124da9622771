// A ByteSource over bytes that are here: `read` is a view and costs nothing.

import { checkInside } from './format-fault.ts'
import type { ByteSource } from './format.ts'

export function bytesSource(key: string, bytes: Uint8Array): ByteSource {
  return {
    key,
    size: bytes.length,
    whole: true,
    // Synchronous inside, so that a decoder over it never waits for anything but the microtask queue.
    async read(offset: number, length: number): Promise<Uint8Array> {
      checkInside({ key, size: bytes.length }, offset, length)
      return bytes.subarray(offset, offset + length)
    },
  }
}
