// Small NPZ data sets in memory, for tests of the layers above storage.

import { fileTable, type FileTable } from '../../src/dataset/file-table.ts'
import { loadFormat } from '../../src/format/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'

/** `count` files of `samplesPerFile` samples of shape [8, 8], uint8, content by position. */
export async function writeNpzFiles(store: ObjectStore, count: number, samplesPerFile = 1): Promise<FileTable> {
  const npz = await loadFormat('npz')
  const files = []
  for (let file = 0; file < count; file++) {
    const fill = (sample: number, offset: number, into: Uint8Array): void => { for (let i = 0; i < into.length; i++) into[i] = file * 31 + sample * 7 + offset + i }
    const pieces: Uint8Array[] = []
    for await (const piece of npz.encode({ fileIndex: 0, numSamples: samplesPerFile, shape: [8, 8], dtype: 'uint8', fill }, { compression: 'none', compressionLevel: 4 })) pieces.push(piece.slice())
    files.push(await store.write(`train/img_${String(file).padStart(4, '0')}.npz`, Buffer.concat(pieces)))
  }
  return fileTable(files, samplesPerFile)
}

/** A store whose reads are done by `read`, which may call the inner one; everything else is passed on. */
export function withRead(store: ObjectStore, read: ObjectStore['read']): ObjectStore {
  return {
    name: store.name,
    list: (prefix, options) => store.list(prefix, options),
    head: (key, options) => store.head(key, options),
    read,
    write: (key, body, options) => store.write(key, body, options),
    delete: (keys, options) => store.delete(keys, options),
    createContainer: (options) => store.createContainer(options),
    close: () => store.close(),
  }
}
