// Files laid over each other and overrides applied to them: one tree, and the origin of everything in it.
// Source: facebookresearch/hydra and omry/omegaconf, behaviour of config composition. Knows nothing of files on disk.

import { InterpolationError, interpolated } from './interpolate.ts'
import { maskTree } from './mask.ts'
import { notice, secretNotices, suggestKey, type Notice } from './notices.ts'
import type { Override } from './overrides.ts'
import { originText, shown, type Origin, type Problem } from './problems.ts'
import { entryAt, isKnownKey } from './table.ts'
import { isMap, leaves, merged, valueAt, withValue, without, type Tree } from './tree.ts'
import type { Position, YamlDocument } from './yaml.ts'

/** What is composed so far; the only state of this folder. */
export class Composition {
  tree: Tree = {}
  readonly hydra: { runDir?: string; outputSubdir?: string } = {}
  readonly problems: Problem[] = []
  readonly notices: Notice[] = []
  readonly #origins = new Map<string, Origin>()
  readonly #positions = new Map<string, Position>()

  /** Where the value at a dotted path of the workload was said, or the default. */
  originOf(path: string): Origin {
    return this.#origins.get(path) ?? { kind: 'default' }
  }

  /** The same, with the place of the value instead of the key. */
  valueOriginOf(path: string): Origin {
    const origin = this.originOf(path)
    return origin.kind === 'file' ? { ...origin, ...this.#positions.get(path)?.value } : origin
  }

  /** The characters of a plain scalar in a file. */
  rawOf(path: string): string | undefined {
    return this.#positions.get(path)?.raw
  }

  /** Lays a file over what is there: a workload at top level, or under a root key `workload` as Hydra writes it. */
  addFile(document: YamlDocument, file: string): void {
    const origin = (path: readonly string[], part: 'key' | 'value'): Origin => ({ kind: 'file', file, ...document.position(path)?.[part] ?? { line: 1, column: 1 } })
    const found = workloadOf(document.value)
    if ('message' in found) {
      this.problems.push({ ...found, origin: origin(found.prefix, 'value') })
      return
    }
    const { tree, prefix } = found
    const written = isMap(tree) && typeof tree['model'] === 'string'
    for (const path of paths(tree)) {
      const name = path.join('.')
      const position = document.position([...prefix, ...path])
      this.#origins.set(name, origin([...prefix, ...path], 'key'))
      if (position === undefined) this.#positions.delete(name)
      else this.#positions.set(name, position)
    }
    if (written) this.#origins.set('model.name', this.originOf('model'))
    this.notices.push(...secretNotices(tree, (path) => origin([...prefix, ...path.split('.')], 'key')))
    this.tree = merged(this.tree, written ? withValue(tree, ['model'], { name: tree['model']! }) : tree)
  }

  /** Applies overrides in their order, except the choice of the workload. */
  apply(overrides: readonly Override[]): void {
    for (const override of overrides) {
      if (override.root === 'hydra') this.#applyHydra(override)
      else if (override.root === 'workload') this.#apply(override)
    }
  }

  #applyHydra(override: Override): void {
    const key = override.path.join('.')
    const { value } = override
    if (key === 'run.dir' && typeof value === 'string') this.hydra.runDir = value
    else if (key === 'output_subdir' && (typeof value === 'string' || typeof value === 'number')) this.hydra.outputSubdir = String(value)
    else if (key !== 'output_subdir' || value !== null) this.notices.push(notice('ignored', `hydra.${key}`, `hydra.${key} has no meaning here: of Hydra's own settings, run.dir and output_subdir have`))
  }

  #apply({ action, path, value, text, index }: Override): void {
    const key = path.join('.')
    const origin: Origin = { kind: 'override', text, index }
    const there = valueAt(this.tree, path)
    const refuse = (message: string, hint?: string): void => { this.problems.push({ message, hint, origin }) }
    if (action === 'delete') {
      if (there === undefined) return refuse(`there is no ${key} to delete`)
      if (value !== undefined && JSON.stringify(value) !== JSON.stringify(there)) return refuse(`${key} is ${shown(maskTree(there, path))}, not ${shown(maskTree(value, path))}`)
      this.tree = without(this.tree, path)
      this.#forget(key)
      return
    }
    if (action === 'add' && there !== undefined) return refuse(`${key} is there already, from ${originText(this.originOf(key))}`, `write ++workload.${key}=… to change it`)
    if (action === 'set' && there === undefined && !isKnownKey(key)) {
      const suggestion = suggestKey(key)
      return refuse(`the workload has no key ${key}`, suggestion === undefined ? `write ++workload.${key}=… to add it all the same` : `did you mean ${suggestion}?`)
    }
    // A distribution is one value, though it is written as a map.
    const over = value ?? null
    this.tree = withValue(this.tree, path, entryAt.has(key) ? over : merged(there, over))
    if (!isMap(over) || entryAt.has(key)) this.#forget(key)
    for (const below of [[], ...paths(over)]) {
      this.#origins.set([...path, ...below].join('.'), origin)
      this.#positions.delete([...path, ...below].join('.'))
    }
    this.#markAbove(path, origin)
  }

  /** Replaces every `${…}`, in the tree and in Hydra's settings. */
  resolve(env: Readonly<Record<string, string | undefined>>, wallMilliseconds: number | undefined): void {
    const resolveOne = (value: Tree, path: readonly string[], origin: Origin): Tree => {
      try {
        return interpolated(value, path, { root: { workload: this.tree }, env, wallMilliseconds })
      } catch (error) {
        if (!(error instanceof InterpolationError)) throw error
        this.problems.push({ key: path.slice(1).join('.'), message: error.message, origin })
        return value
      }
    }
    let tree = this.tree
    for (const [path, value] of leaves(this.tree)) {
      if (path.length === 0 || !JSON.stringify(value).includes('${')) continue
      tree = withValue(tree, path, resolveOne(value, ['workload', ...path], this.originOf(path.join('.'))))
    }
    this.tree = tree
    const { runDir, outputSubdir } = this.hydra
    const setting = (text: string, key: string): string => shownText(resolveOne(text, ['hydra', ...key.split('.')], { kind: 'default' }))
    if (runDir !== undefined) this.hydra.runDir = setting(runDir, 'run.dir')
    if (outputSubdir !== undefined) this.hydra.outputSubdir = setting(outputSubdir, 'output_subdir')
  }

  #forget(key: string): void {
    for (const path of this.#origins.keys()) {
      if (path !== key && !path.startsWith(`${key}.`)) continue
      this.#origins.delete(path)
      this.#positions.delete(path)
    }
  }

  /** A distribution changed in part has its origin where it was changed last. */
  #markAbove(path: readonly string[], origin: Origin): void {
    const owner = path.slice(0, -1).join('.')
    if (entryAt.has(owner)) this.#origins.set(owner, origin)
  }
}

function shownText(value: Tree): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

type Found = { readonly tree: Tree; readonly prefix: readonly string[] } | { readonly message: string; readonly hint?: string; readonly prefix: readonly string[] }

function workloadOf(root: Tree): Found {
  if (root === null) return { tree: {}, prefix: [] }
  if (!isMap(root)) return { message: `expected a map of sections, found ${shown(maskTree(root))}`, prefix: [] }
  if (isMap(root['workload'])) return { tree: root['workload'], prefix: ['workload'] }
  if (Object.hasOwn(root, 'workload')) return { message: `workload: expected a map of sections, found ${shown(maskTree(root['workload'] ?? null))}`, prefix: ['workload'] }
  if (Object.hasOwn(root, 'defaults')) {
    return { message: 'this is Hydra\'s root configuration, not a workload', hint: 'name a file of its workload directory', prefix: ['defaults'] }
  }
  return { tree: root, prefix: [] }
}

/** Every path of the tree, of maps and of values. */
function* paths(tree: Tree, above: readonly string[] = []): Generator<readonly string[]> {
  if (!isMap(tree)) return
  for (const [key, value] of Object.entries(tree)) {
    yield [...above, key]
    yield* paths(value, [...above, key])
  }
}
