// From the composed tree of a workload to a Workload: dialects brought to one form, values read, defaults filled in.

import { maskTree } from './mask.ts'
import { notice, statusNotice, strayKeys, type Notice } from './notices.ts'
import { shown, type Origin, type Problem } from './problems.ts'
import type { Workload } from './schema.ts'
import { entries, mapPaths, type Entry } from './table.ts'
import { isMap, valueAt, withValue, without, type Tree } from './tree.ts'
import { readValue } from './values.ts'

/** What is known of the places of keys. Paths are dotted, as in the tree. */
export interface Places {
  readonly originOf: (path: string) => Origin
  /** The same, with the place of the value instead of the key. */
  readonly valueOriginOf: (path: string) => Origin
  /** The characters of a plain scalar in a file. */
  readonly rawOf: (path: string) => string | undefined
}

export interface Parsed {
  /** Meaningful only without problems. */
  readonly workload: Workload
  readonly problems: readonly Problem[]
  readonly notices: readonly Notice[]
  /** The tree in one form: `reader`, `model` as a map, options where they belong. */
  readonly tree: Tree
  /** Where the value at a path of that tree was said. */
  readonly originOf: (path: string) => Origin
}

export function parseWorkload(composed: Tree, places: Places): Parsed {
  const { tree, moved, notices } = oneForm(composed, places)
  const written: Places = {
    originOf: (path) => places.originOf(moved(path)),
    valueOriginOf: (path) => places.valueOriginOf(moved(path)),
    rawOf: (path) => places.rawOf(moved(path)),
  }
  const problems = notMaps(tree, written)
  let result: Record<string, unknown> = {}
  for (const entry of entries) {
    const [value, found] = readEntry(entry, tree, written)
    for (const problem of found) problems.push({ ...problem, origin: nearestOrigin(problem.key ?? entry.path, written) })
    if (value === undefined) continue
    result = withProperty(result, entry.property, value)
    const warning = statusNotice(entry, value, written.originOf(entry.path))
    if (warning) notices.push(warning)
    if (entry.pythonClass) problems.push(...pythonClass(entry, value, written))
  }
  notices.push(...strayKeys(tree, written.originOf))
  return { workload: completed(result as unknown as Workload, tree), problems, notices, tree, originOf: written.originOf }
}

/** The origin of a key, or of the nearest map around it that was written. */
function nearestOrigin(path: string, places: Places): Origin {
  const origin = places.valueOriginOf(path)
  const dot = path.lastIndexOf('.')
  return origin.kind !== 'default' || dot < 0 ? origin : nearestOrigin(path.slice(0, dot), places)
}

function readEntry(entry: Entry, tree: Tree, places: Places): readonly [value: unknown, problems: readonly Problem[]] {
  const words = entry.path.split('.')
  // The map of checkpoint.ksm is a switch: its defaults exist only when it is there.
  if (words[1] === 'ksm' && !isMap(valueAt(tree, words.slice(0, 2)))) return [undefined, []]
  const value = valueAt(tree, words)
  const stdev = entry.kind === 'time' ? valueAt(tree, `${entry.path}_stdev`.split('.')) : undefined
  if ((value === undefined || value === null) && (stdev === undefined || stdev === null)) return [entry.fallback, []]
  const read = readValue(entry, { value: value ?? null, stdev, raw: places.rawOf(entry.path) })
  return 'problems' in read ? [undefined, read.problems] : [read.value, []]
}

interface OneForm { readonly tree: Tree; readonly moved: (path: string) => string; readonly notices: Notice[] }

/** Spellings of other versions and of the fork, brought to one; `moved` tells where a path of the result was written. */
function oneForm(composed: Tree, places: Places): OneForm {
  let tree = composed
  const notices: Notice[] = []
  const moves = new Map<string, string>()
  const move = (from: string, to: string, value: Tree): void => {
    tree = withValue(without(tree, from.split('.')), to.split('.'), value)
    moves.set(to, from)
  }
  const { model, data_reader: dataReader, reader, storage } = isMap(composed) ? composed : {}
  if (typeof model === 'string') move('model', 'model.name', model)
  if (dataReader !== undefined && dataReader !== null) {
    if (reader !== undefined) notices.push(notice('ignored', 'reader', 'reader is ignored, by DLIO too: data_reader is there and wins', places.originOf('reader')))
    tree = without(tree, ['reader'])
    move('data_reader', 'reader', dataReader)
  }
  const options = isMap(storage) ? storage['storage_options'] : undefined
  const force = isMap(storage) ? storage['s3_force_path_style'] : undefined
  if (force !== undefined && force !== null) {
    if (isMap(options) && options['s3_force_path_style'] !== undefined) tree = without(tree, ['storage', 's3_force_path_style'])
    else move('storage.s3_force_path_style', 'storage.storage_options.s3_force_path_style', force)
  }
  const moved = (path: string): string => {
    for (const [to, from] of moves) if (path === to || path.startsWith(`${to}.`)) return from + path.slice(to.length)
    return path
  }
  return { tree, moved, notices }
}

/** Sections that hold something else than keys. */
function notMaps(tree: Tree, places: Places): Problem[] {
  const problems: Problem[] = []
  for (const path of mapPaths) {
    const value = valueAt(tree, path.split('.'))
    if (value === undefined || value === null || isMap(value)) continue
    problems.push({ key: path, message: `expected a map of keys, found ${shown(maskTree(value, path.split('.')))}`, origin: places.valueOriginOf(path) })
  }
  return problems
}

/** Upstream loads Python classes by these names; a path of a module is another matter. */
function pythonClass(entry: Entry, value: unknown, places: Places): Problem[] {
  if (typeof value !== 'string' || /[/\\]|\.(?:[cm]?js|[cm]?ts)$/.test(value)) return []
  return [{
    key: entry.path,
    message: `names the Python class ${value}, which cannot run here`,
    hint: entry.why === undefined ? 'remove the key, or name a JavaScript module instead, such as ./my-format.mjs' : `remove the key: ${entry.why}`,
    origin: places.valueOriginOf(entry.path),
  }]
}

function withProperty(target: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  if (name === undefined) return target
  const below = target[name]
  return { ...target, [name]: rest.length === 0 ? value : withProperty((below ?? {}) as Record<string, unknown>, rest, value) }
}

/** Defaults that depend on other keys. */
function completed(workload: Workload, tree: Tree): Workload {
  const { reader, storage, framework } = workload
  const { endpointUrl, secure } = storage.storageOptions
  const options = endpointUrl === undefined ? {} : { endpointUrl: endpointUrl.map((url) => (url.includes('://') ? url : `${secure ? 'https' : 'http'}://${url}`)) }
  const chosenLibrary = storage.storageLibrary === undefined ? {} : { storageLibrary: storage.storageLibrary }
  const loader = valueAt(tree, ['reader', 'data_loader'])
  return {
    ...workload,
    storage: { ...storage, storageOptions: { ...storage.storageOptions, ...options, ...chosenLibrary } },
    reader: loader === undefined || loader === null ? { ...reader, dataLoader: framework } : reader,
  }
}
