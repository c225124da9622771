// A directory as a store (DLIO's local_fs): keys are relative paths.

import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { systemClock } from '../util/clock.ts'
import { throwIfAborted } from '../util/fault.ts'
import { makeFolder } from '../util/make-folder.ts'
import { MiB } from '../util/units.ts'
import { abortable } from './abortable.ts'
import { changed, checkRange, noContainer, noKey, quoted, storageFault, truncated, type Operation } from './faults.ts'
import { pathOf, temporaryPath } from './file-keys.ts'
import { absent, listFiles } from './file-list.ts'
import type { ByteRange, Cancel, ListOptions, ObjectMeta, ObjectStore, ObjectVersion, ReadOptions, ReadTimings, WriteOptions } from './store.ts'

/** A read(2) cannot be called off; a large one is cut into pieces so that an abort waits for one piece only. Bytes. */
const pieceSize = 16 * MiB

export function openFileStore(root: string): ObjectStore {
  return new FileStore(path.resolve(root))
}

class FileStore implements ObjectStore {
  readonly name: string
  readonly #root: string

  constructor(root: string) {
    this.#root = root
    this.name = `file://${root}`
  }

  async * list(prefix: string, { startAfter, pageSize = 1000, signal }: ListOptions = {}): AsyncIterable<readonly ObjectMeta[]> {
    await this.#container('list')
    let page: string[] = []
    const keys = listFiles(this.#root, prefix, startAfter)
    for (;;) {
      const { done, value } = await keys.next().catch((error: unknown) => this.#failed(error, prefix, 'list'))
      if (done) break
      throwIfAborted(signal)
      page.push(value)
      if (page.length < pageSize) continue
      yield await this.#metas(page)
      page = []
    }
    throwIfAborted(signal)
    if (page.length > 0) yield await this.#metas(page)
  }

  async head(key: string, { signal }: Cancel = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    const file = pathOf(this.#root, key, 'head')
    return await this.#metaOf(key, file, 'head') ?? await this.#absent(key, 'head')
  }

  async read(key: string, range: ByteRange, into: Uint8Array, { signal, ifMatch }: ReadOptions = {}): Promise<ReadTimings> {
    checkRange(range, into)
    throwIfAborted(signal)
    const begin = systemClock.now()
    const handle = await open(pathOf(this.#root, key, 'read')).catch((error: unknown) => this.#failed(error, key, 'read'))
    try {
      if (ifMatch !== undefined && etagOf(await handle.stat({ bigint: true })) !== ifMatch) throw changed(key, { operation: 'read' })
      let filled = 0
      let firstByte = 0
      while (filled < range.length) {
        const { bytesRead } = await handle.read(into, filled, Math.min(pieceSize, range.length - filled), range.offset + filled)
          .catch((error: unknown) => this.#failed(error, key, 'read'))
        throwIfAborted(signal)
        if (bytesRead === 0) throw truncated(key, filled, range.length, { operation: 'read' })
        if (filled === 0) firstByte = systemClock.now()
        filled += bytesRead
      }
      const end = systemClock.now()
      return { begin, firstByte: firstByte || end, end }
    } finally {
      await handle.close()
    }
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, { signal, size }: WriteOptions = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    const file = pathOf(this.#root, key, 'write')
    await this.#container('write')
    const partial = temporaryPath(file)
    try {
      await makeFolder(path.dirname(file))
      const handle = await open(partial, 'wx')
      try {
        const written = await writeAll(handle, body, signal)
        if (size !== undefined && written !== size) throw new RangeError(`body of ${written} bytes where ${size} were announced`)
      } finally {
        await handle.close()
      }
      throwIfAborted(signal)
      await rename(partial, file)
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {})
      return await this.#failed(error, key, 'write')
    }
    return await this.#metaOf(key, file, 'write') ?? await this.#absent(key, 'write')
  }

  async delete(keys: readonly string[], { signal }: Cancel = {}): Promise<readonly ObjectVersion[]> {
    throwIfAborted(signal)
    await this.#container('delete')
    for (const key of keys) {
      throwIfAborted(signal)
      const file = pathOf(this.#root, key, 'delete')
      if (await this.#metaOf(key, file, 'delete')) await rm(file, { force: true }).catch((error: unknown) => this.#failed(error, key, 'delete'))
    }
    return []
  }

  async createContainer({ signal }: Cancel = {}): Promise<void> {
    throwIfAborted(signal)
    await makeFolder(this.#root).catch((error: unknown) => this.#failed(error, '', 'create'))
  }

  async close(): Promise<void> {}

  async #metas(keys: readonly string[]): Promise<ObjectMeta[]> {
    const metas = await Promise.all(keys.map((key) => this.#metaOf(key, path.join(this.#root, ...key.split('/')), 'list')))
    return metas.filter((meta) => meta !== undefined)
  }

  async #metaOf(key: string, file: string, operation: Operation): Promise<ObjectMeta | undefined> {
    const found = await stat(file, { bigint: true }).catch(absent).catch((error: unknown) => this.#failed(error, key, operation))
    if (!found?.isFile()) return undefined
    return { key, size: Number(found.size), etag: etagOf(found), lastModified: found.mtime }
  }

  async #container(operation: Operation): Promise<void> {
    const found = await stat(this.#root).catch(absent).catch((error: unknown) => this.#failed(error, '', operation))
    if (!found?.isDirectory()) throw noContainer(`directory ${this.#root}`, { operation })
  }

  async #absent(key: string, operation: Operation): Promise<never> {
    await this.#container(operation)
    throw noKey(this.name, { operation, key })
  }

  /** Throws what `error` of the file system means. Everything else is thrown as it is. */
  async #failed(error: unknown, key: string, operation: Operation): Promise<never> {
    const code = (error as NodeJS.ErrnoException | null)?.code
    const because = (reason: 'denied' | 'invalid' | 'server', hint: string): never => {
      throw storageFault(reason, `cannot ${operation} ${quoted(key)} below ${this.#root}: ${code}`, { operation, key }, { hint, cause: error })
    }
    switch (code) {
      case 'ENOENT': return await this.#absent(key, operation)
      case 'ENOTDIR': case 'EISDIR': case 'EEXIST': return operation === 'write' || operation === 'create' ? because('invalid', 'a file is where a directory is needed, or the other way round') : await this.#absent(key, operation)
      case 'ENAMETOOLONG': case 'EINVAL': case 'EILSEQ': return because('invalid', 'file systems allow fewer names than S3; choose shorter, plainer keys')
      case 'EACCES': case 'EPERM': case 'EROFS': return because('denied', 'check the permissions of the directory')
      case 'ENOSPC': case 'EDQUOT': case 'EIO': case 'EMFILE': case 'ENFILE': return because('server', 'check the space of the disk and the limit of open files (ulimit -n)')
      case undefined: default: throw error
    }
  }
}

async function writeAll(handle: FileHandle, body: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<number> {
  let written = 0
  for await (const chunk of body instanceof Uint8Array ? [body] : abortable(body, signal)) {
    for (let at = 0; at < chunk.length;) {
      throwIfAborted(signal)
      const { bytesWritten } = await handle.write(chunk, at, Math.min(pieceSize, chunk.length - at))
      at += bytesWritten
    }
    written += chunk.length
  }
  return written
}

/** Size and modification time in ns, in hexadecimal. */
function etagOf({ size, mtimeNs }: { size: bigint; mtimeNs: bigint }): string {
  return `${size.toString(16)}-${mtimeNs.toString(16)}`
}
