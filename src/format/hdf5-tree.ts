// What data sets a file has, asked of our own parser or of the library.

import type { ElementType } from './dtype.ts'
import { damaged, refused } from './format-fault.ts'
import { dataSetOf, type DataSet } from './hdf5-dataset.ts'
import { messagesAt, openFile, Unfamiliar, type Hdf5File } from './hdf5-file.ts'
import { eachOf, isGroup, linksOf, resolve, type Seen } from './hdf5-group.ts'
import type { LibraryFile, Metadata } from './hdf5-library.ts'
import type { Pages } from './hdf5-pages.ts'
import { described, numbers } from './hdf5-type.ts'

export interface Tree {
  /** The data set at a path; undefined when there is none. @throws {Fault} 'format', reason 'refused', when it is in another file. */
  find(path: string): DataSet | undefined
  /** All data sets, by path. */
  all(): DataSet[]
}

const maxDataSets = 100_000

function isExternal(key: string, path: string): never {
  throw refused(key, `${key} has ${path} in another file (an external link), which is never opened`)
}

/** @throws {Missing | Unfamiliar | Fault} */
export function parsedTree(pages: Pages): Tree {
  const file = openFile(pages)
  const { key } = file
  const objects: Seen = new Map()
  return {
    find(path) {
      const found = resolve(file, path, objects)
      if (found === 'external') return isExternal(key, path)
      return found && dataSetOf(file, { path, messages: found.messages })
    },
    all() {
      const dataSets: DataSet[] = []
      walk(file, file.root, { path: '', seen: new Set(), dataSets, objects })
      return dataSets.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}

interface Walk { readonly path: string; readonly seen: Set<number>; readonly dataSets: DataSet[]; readonly objects: Seen }

function walk(file: Hdf5File, at: number, { path, seen, dataSets, objects }: Walk): void {
  if (seen.has(at)) return
  seen.add(at)
  eachOf(linksOf(file, messagesAt(file, at)), ([name, link]) => {
    const inner = `${path}/${name}`
    if (dataSets.length > maxDataSets) throw damaged(file.key, 0, `${file.key} has more than ${maxDataSets} data sets`)
    // What a soft link leads to is listed under both names, as h5py does; an external one leads nowhere.
    const found = link.kind === 'hard' ? { address: link.address, messages: messagesAt(file, link.address) } : link.kind === 'soft' ? resolve(file, inner, objects) : undefined
    if (found === undefined || found === 'external') return
    if (isGroup(found.messages)) {
      if (link.kind === 'hard') walk(file, found.address, { path: inner, seen, dataSets, objects })
      return
    }
    const dataSet = dataSetOf(file, { path: inner, messages: found.messages })
    if (dataSet) dataSets.push(dataSet)
  })
}

export function libraryTree(key: string, file: LibraryFile): Tree {
  const describe = (path: string): DataSet => {
    const metadata = file.metadata(path)
    if (metadata.virtual_sources) throw refused(key, `${key} takes ${path} from other data sets (a virtual layout), and other files are never opened`)
    const type = typeOf(metadata)
    const shape = metadata.shape ?? []
    return { path, type, shape, length: shape.reduce((product, axis) => product * axis, type.itemSize), fill: undefined, storage: { kind: 'library' } }
  }
  return {
    find(path) {
      const kind = file.kindOf(path)
      if (kind === 'external') return isExternal(key, path)
      return kind === 'dataset' ? describe(path) : undefined
    },
    all: () => file.names().filter((name) => file.kindOf(name) === 'dataset').map((name) => describe(`/${name}`)).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

/** The library's classes of datatypes: 0 integer, 1 float; it swaps bytes itself, so nothing is big-endian here. */
function typeOf({ type, size, signed, enum_type: enumeration }: Metadata): ElementType {
  try {
    if (type === 0) return numbers(`${signed ? '' : 'u'}int${size * 8}`).type
    if (type === 1) return numbers(`float${size * 8}`).type
    if (type === 8 && enumeration && size === 1 && enumeration.members['FALSE'] === 0 && enumeration.members['TRUE'] === 1) return numbers('bool').type
  } catch (error) {
    if (!(error instanceof Unfamiliar)) throw error
  }
  return described(['int', 'float', 'time', 'string', 'bitfield', 'opaque', 'compound', 'reference', 'enum', 'vlen', 'array'][type] ?? 'unknown', size, type === 3 ? 'text' : 'structured').type
}
