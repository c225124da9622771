// The HDF5 library, compiled to WebAssembly by h5wasm: it reads what this folder's own parser is not familiar with.
// Its quirks: it reads files of an in-memory file system of its own, so an object is mounted there as a file whose reads are
// served from the pages that are here; it prints a stack of errors, which is kept instead; a damaged object can leave it so that
// it never ends closing the next one, so after any failure but missing bytes it is made anew, without closing anything.

import type { Metadata } from 'h5wasm'

import { damaged, unsupported } from './format-fault.ts'
import { Missing, type Pages, type Range } from './hdf5-pages.ts'
import { isFault } from '../util/fault.ts'
import { MiB } from '../util/units.ts'

export type { Metadata }

/** The little of Emscripten's file system that is used. */
interface Stream { position: number }
interface StreamOperations {
  read(stream: Stream, into: Int8Array, at: number, length: number, position: number): number
  write(stream: Stream, from: Int8Array, at: number, length: number, position?: number): number
  llseek(stream: Stream, offset: number, whence: number): number
}
interface Node {
  stream_ops: StreamOperations
  node_ops: { readonly getattr: (this: void, node: Node) => { size: number } }
}
interface FileSystem {
  open: (this: void, path: string, ...rest: unknown[]) => unknown
  writeFile(path: string, data: Uint8Array): void
  unlink(path: string): void
  lookupPath(path: string): { node: Node }
  streams: ({ stream_ops: StreamOperations; readonly node: unknown } | null | undefined)[]
  ErrnoError: new (code: number) => Error
}
interface Module {
  readonly FS: FileSystem
  readonly HEAPU8: Uint8Array
  readonly H5G_DATASET: number
  readonly H5G_UDLINK: number
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint
  close_file(file: bigint): number
  get_names(file: bigint, path: string, recursive: boolean): string[]
  get_type(file: bigint, path: string): number
  get_dataset_metadata(file: bigint, path: string): Metadata
  get_dataset_data(file: bigint, path: string, count: bigint[], offset: bigint[], strides: bigint[], at: bigint): number
  readonly _malloc: (length: number) => number
  readonly _free: (at: number) => void
}

/** WebAssembly's memories, whose type Node's own types lack. */
interface Memory { readonly buffer: ArrayBuffer; grow(pages: number): number }
const { prototype: memories } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }).WebAssembly.Memory
const wasmPage = 65_536
/** What the library may have for an object, beside four times its size: 16 MiB of it it has from the beginning. Its memory never shrinks. Bytes. */
const heapLength = 64 * MiB

const errorCodes = { noSuchFile: 44, readFailed: 29 } as const
/** More reads than any layout needs: the library walks in circles. */
const maxReads = 1_000_000

export interface LibraryFile {
  /** Paths of all links, "a/b/c", soft ones included and not followed. */
  names(): string[]
  kindOf(path: string): 'dataset' | 'external' | 'other'
  metadata(path: string): Metadata
  /** The bytes of a box of elements, little-endian, in memory of their own. `length`: of the box. */
  read(path: string, offset: readonly number[], count: readonly number[], length: number): Uint8Array
}

/** One instance of the library: an object is mounted in it at a time, and its last words are kept. */
class Library {
  readonly #module: Module
  /** Where the object is mounted: the library knows files by name and number, and must never take one for another. */
  #path = ''
  #mounts = 0
  #missing: Range | undefined
  #reads = 0
  #words = ''
  isBroken = false

  constructor(module: Module) {
    this.#module = module
    const { FS } = module
    const { open } = FS
    // External files and links name paths: none but the object's exists, not even the devices.
    FS.open = (path, ...rest) => {
      if (path !== this.#path) throw new FS.ErrnoError(errorCodes.noSuchFile)
      return open(path, ...rest)
    }
    for (const stream of FS.streams.slice(1, 3)) {
      if (!stream) continue
      stream.stream_ops = { ...stream.stream_ops, write: (_, from, at, length) => {
        if (this.#words.length < 65_536) this.#words += Buffer.from(from.buffer, from.byteOffset + at, length).toString('latin1')
        return length
      } }
    }
  }

  /** Makes a file whose reads are served from `pages`. Gives what takes it away again. */
  #mount(pages: Pages): () => void {
    const { FS } = this.#module
    const path = this.#path = `/object-${++this.#mounts}.h5`
    FS.writeFile(path, new Uint8Array(0))
    const { node } = FS.lookupPath(path)
    const { getattr } = node.node_ops
    let isThere = true
    node.node_ops = { ...node.node_ops, getattr: (each) => ({ ...getattr(each), size: pages.size }) }
    node.stream_ops = {
      ...node.stream_ops,
      llseek: (stream, offset, whence) => (whence === 1 ? stream.position + offset : whence === 2 ? pages.size + offset : offset),
      write: () => { throw new FS.ErrnoError(errorCodes.readFailed) },
      read: (...[, into, at, wanted, position]) => {
        const length = Math.min(wanted, pages.size - position)
        if (length <= 0) return 0
        const bytes = !isThere || ++this.#reads > maxReads ? undefined : pages.find(position, length)
        if (!bytes) {
          this.#missing ??= { offset: position, length }
          throw new FS.ErrnoError(errorCodes.readFailed)
        }
        into.set(bytes, at)
        return length
      },
    }
    return () => {
      isThere = false
      this.#path = ''
      // A call that failed may have left the file open: such an opening is worth nothing, and must not keep a place.
      for (const [number, stream] of FS.streams.entries()) if (stream?.node === node) FS.streams[number] = null
      FS.unlink(path)
    }
  }

  /** Runs `body` over the object. @throws {Missing} when bytes are not here. @throws {Fault} 'format' for all else that fails. */
  use<T>(pages: Pages, body: (file: LibraryFile) => T): T {
    return withLimitedMemory(heapLength + 4 * pages.size, () => this.#use(pages, body))
  }

  #use<T>(pages: Pages, body: (file: LibraryFile) => T): T {
    this.#missing = undefined
    this.#reads = 0
    this.#words = ''
    const unmount = this.#mount(pages)
    let file = -1n
    try {
      file = this.#module.open(this.#path, 0, false, -1, -1)
      const result = file < 0n ? undefined : body(this.#fileOf(file, pages.key))
      if (this.#missing === undefined && result !== undefined) return result
      throw this.#failure(pages.key)
    } catch (error) {
      const failure = isFault(error) || error instanceof Missing ? error : this.#failure(pages.key, error)
      this.isBroken = !(failure instanceof Missing)
      throw failure
    } finally {
      try {
        if (file >= 0n && !this.isBroken) this.#module.close_file(file)
      } catch {
        this.isBroken = true
      }
      unmount()
    }
  }

  #failure(key: string, cause?: unknown): Error {
    if (this.#reads > maxReads) return damaged(key, 0, `${key} leads the HDF5 library in circles`, cause)
    if (this.#missing !== undefined) return new Missing([this.#missing])
    // The innermost error is the last line with a function in it: "#012: …/H5Z.c line 7 in H5Z_pipeline(): required filter 'x' is not registered".
    const reason = [...this.#words.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].at(-1)?.[1]
    const filter = /filter '?([^']*)'? is not (?:registered|available)/.exec(this.#words)
    if (filter) return unsupported(key, `${key} was written with the HDF5 filter ${filter[1]}, which is not supported`)
    return damaged(key, 0, `${key} is no HDF5 file that can be read: ${reason ?? (cause instanceof Error ? cause.message : 'the library gives no reason')}`, cause)
  }

  #fileOf(file: bigint, key: string): LibraryFile {
    const module = this.#module
    const { _malloc: allocate, _free: release } = module
    return {
      names: () => [...module.get_names(file, '/', true)],
      kindOf(path) {
        const kind = module.get_type(file, path)
        return kind === module.H5G_DATASET ? 'dataset' : kind === module.H5G_UDLINK ? 'external' : 'other'
      },
      metadata: (path) => module.get_dataset_metadata(file, path),
      read: (path, offset, count, length) => {
        const at = allocate(Math.max(1, length))
        if (at === 0) throw unsupported(key, `${key} needs ${length} bytes at once for ${path}, which the HDF5 library has not`)
        try {
          const status = module.get_dataset_data(file, path, count.map(BigInt), offset.map(BigInt), count.map(() => 1n), BigInt(at))
          if (status < 0) throw this.#failure(key)
          return module.HEAPU8.slice(at, at + length)
        } finally {
          release(at)
        }
      },
    }
  }
}

/**
 * Runs `body`, in which no memory grows beyond `limit` bytes: what a damaged file makes the library ask for is refused to it as
 * if there were no more. The memory is the library's secret; only the function that all memories share can be held. It is given
 * back at once: nothing else runs meanwhile.
 */
function withLimitedMemory<T>(limit: number, body: () => T): T {
  const grow = Object.getOwnPropertyDescriptor(memories, 'grow')!
  Object.defineProperty(memories, 'grow', { ...grow, value(this: Memory, pages: number): number {
    if (this.buffer.byteLength + pages * wasmPage > limit) throw new RangeError('no more memory')
    return (grow.value as Memory['grow']).call(this, pages)
  } })
  try {
    return body()
  } finally {
    Object.defineProperty(memories, 'grow', grow)
  }
}

let factory: Promise<(options: { noInitialRun: boolean }) => Promise<Module>> | undefined
let current: Promise<Library> | undefined

/** The package's own entry makes one instance, for good; the factory behind it makes as many as are needed, 25 ms each. */
async function loadFactory(): Promise<(options: { noInitialRun: boolean }) => Promise<Module>> {
  const { default: make } = await import(new URL('hdf5_util.js', import.meta.resolve('h5wasm')).href) as { default: (options: { noInitialRun: boolean }) => Promise<Module> }
  return make
}

async function load(): Promise<Library> {
  const make = await (factory ??= loadFactory())
  return new Library(await make({ noInitialRun: true }))
}

/** Loaded when it is first needed, and made anew when an object left it in doubt. */
export async function hdf5Library(): Promise<Library> {
  const library = await (current ??= load())
  if (!library.isBroken) return library
  const next = load()
  current = next
  return next
}

/** `body` over the object, in an instance that no other object left in doubt meanwhile. @throws {Missing | Fault} */
export async function withLibrary<T>(pages: Pages, body: (file: LibraryFile) => T): Promise<T> {
  let library = await hdf5Library()
  while (library.isBroken) library = await hdf5Library()
  return library.use(pages, body)
}

export type { Library }
