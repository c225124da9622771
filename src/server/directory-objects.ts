// Objects as files below a folder: `content/` holds bytes under names that mean nothing, `buckets/<bucket>/` one small
// JSON file per key and version, named by the key's SHA-256, which no file system misreads. A key's file is replaced by renaming,
// so whatever stops the process leaves every key with its old or its new object. Uploads in progress do not outlast it.

import { createHash, randomBytes } from 'node:crypto'
import { existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { copyFile, open, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readFileRange } from './file-range.ts'
import type { BucketInfo, Content, ObjectBackend, ObjectInfo, StoredBucket, StoredObject } from './objects.ts'
import { openStorageFolder } from './storage-folder.ts'
import { deleteMarker } from './versions.ts'

/** Holds what is known of the bucket itself. No key's file can have this name. */
const bucketFile = 'bucket.json'

/** A delete marker has no content. */
interface KeyFile { readonly info: ObjectInfo; readonly content?: string }

class FileContent implements Content {
  readonly file: string
  readonly size: number

  constructor(file: string, size: number) {
    this.file = file
    this.size = size
  }

  read(offset: number, length: number): AsyncIterable<Uint8Array> {
    // Opened at once: the file may be unlinked before the first byte is asked for, and stays readable.
    return readFileRange(openSync(this.file, 'r'), offset, length)
  }
}

class DirectoryObjects implements ObjectBackend {
  readonly #content: string
  readonly #buckets: string

  constructor(directory: string) {
    this.#content = path.join(directory, 'content')
    this.#buckets = path.join(directory, 'buckets')
  }

  async load(): Promise<StoredBucket[]> {
    mkdirSync(this.#content, { recursive: true })
    mkdirSync(this.#buckets, { recursive: true })
    // A folder without its file was being made or removed.
    const names = readdirSync(this.#buckets).filter((name) => existsSync(path.join(this.#buckets, name, bucketFile)))
    const buckets = names.map((name) => this.#loadBucket(name))
    // What no key refers to was being uploaded or replaced when the last server ended.
    const kept = new Set(buckets.flatMap(({ objects }) => objects.map(({ content }) => (content instanceof FileContent ? content.file : ''))))
    for (const name of readdirSync(this.#content)) {
      const file = path.join(this.#content, name)
      if (/^[0-9a-f]{32}$/.test(name) && !kept.has(file)) rmSync(file)
    }
    return buckets
  }

  #loadBucket(name: string): StoredBucket {
    const folder = path.join(this.#buckets, name)
    const bucket = JSON.parse(readFileSync(path.join(folder, bucketFile), 'utf8')) as Omit<BucketInfo, 'name'>
    const keyFiles = readdirSync(folder).filter((file) => /^[0-9a-f]{64}(\.[\w-]{32})?\.json$/.test(file))
    const objects = keyFiles.map((file): StoredObject => {
      const { info, content } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as KeyFile
      return { info, content: content === undefined ? deleteMarker(info.key, info.lastModified).content : new FileContent(path.join(this.#content, path.basename(content)), info.size) }
    })
    return { ...bucket, name, objects }
  }

  saveBucket({ name, created, versioning }: BucketInfo): void {
    const folder = path.join(this.#buckets, name)
    mkdirSync(folder, { recursive: true })
    replaceFile(path.join(folder, bucketFile), JSON.stringify({ created, versioning }))
  }

  removeBucket(name: string): void { rmSync(path.join(this.#buckets, name), { recursive: true }) }

  async stage(body: Uint8Array): Promise<Content> {
    return this.#write(body.length, (file) => writeFile(file, body, { flag: 'wx' }))
  }

  async join(contents: readonly Content[]): Promise<Content> {
    const parts = contents as readonly FileContent[]
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    return this.#write(size, (file) => (parts.length === 1 ? copyFile(parts[0]!.file, file) : concatenate(parts, file)))
  }

  commit(bucket: string, { info, content }: StoredObject): void {
    const file: KeyFile = { info, ...(content instanceof FileContent ? { content: path.basename(content.file) } : {}) }
    replaceFile(this.#keyFile(bucket, info), JSON.stringify(file))
  }

  remove(bucket: string, info: ObjectInfo): void { unlinkSync(this.#keyFile(bucket, info)) }

  discard(content: Content): void { if (content instanceof FileContent) rmSync(content.file, { force: true }) }

  async #write(size: number, fill: (file: string) => Promise<void>): Promise<Content> {
    const file = path.join(this.#content, randomBytes(16).toString('hex'))
    try {
      await fill(file)
    } catch (error) {
      await rm(file, { force: true })
      throw error
    }
    return new FileContent(file, size)
  }

  #keyFile(bucket: string, { key, version }: ObjectInfo): string {
    return path.join(this.#buckets, bucket, `${createHash('sha256').update(key).digest('hex')}${version === undefined ? '' : `.${version}`}.json`)
  }
}

async function concatenate(parts: readonly FileContent[], file: string): Promise<void> {
  const target = await open(file, 'wx')
  try {
    for (const part of parts) {
      for await (const piece of part.read(0, part.size)) await target.writeFile(piece)
    }
  } finally {
    await target.close()
  }
}

function replaceFile(file: string, text: string): void {
  const fresh = `${file}.new`
  writeFileSync(fresh, text)
  renameSync(fresh, file)
}

/** @throws {Fault} 'usage' when the folder cannot be used, or holds something else */
export function createDirectoryObjects(directory: string): ObjectBackend {
  return new DirectoryObjects(openStorageFolder(directory))
}
