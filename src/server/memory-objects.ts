// Objects in memory. What was received is what is sent: no byte is copied after it is here.

import type { Content, ObjectBackend, StoredBucket } from './objects.ts'

class MemoryContent implements Content {
  readonly chunks: readonly Uint8Array[]
  readonly size: number

  constructor(chunks: readonly Uint8Array[]) {
    this.chunks = chunks
    this.size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  read(offset: number, length: number): readonly Uint8Array[] {
    if (offset === 0 && length === this.size) return this.chunks
    const pieces: Uint8Array[] = []
    let start = 0
    for (const chunk of this.chunks) {
      const begin = Math.max(0, offset - start)
      const end = Math.min(chunk.length, offset + length - start)
      if (begin < end) pieces.push(chunk.subarray(begin, end))
      start += chunk.length
    }
    return pieces
  }
}

export function createMemoryObjects(): ObjectBackend {
  return {
    load: async (): Promise<StoredBucket[]> => [],
    saveBucket() {},
    removeBucket() {},
    stage: async (body) => new MemoryContent([body]),
    join: async (contents) => new MemoryContent(contents.flatMap((each) => (each as MemoryContent).chunks)),
    commit() {},
    remove() {},
    discard() {},
  }
}
