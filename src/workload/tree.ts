// Plain configuration trees, as YAML and overrides give them, and dotted paths into them. Knows nothing of keys that DLIO has.

/** What a YAML document or an override can hold. Maps have no prototype surprises: they are read with Object.hasOwn only. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeMap
export interface TreeMap { readonly [key: string]: Tree }

export function isMap(value: unknown): value is TreeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path, or undefined when there is none. A list is entered by index. */
export function valueAt(tree: Tree, path: readonly string[]): Tree | undefined {
  let at: Tree | undefined = tree
  for (const key of path) {
    if (Array.isArray(at)) at = (at as readonly Tree[])[Number(key)]
    else at = isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined
    if (at === undefined) return undefined
  }
  return at
}

/** `tree` with `value` at `path`; what is no map on the way is replaced by one. The rest is shared with `tree`. */
export function withValue(tree: Tree, path: readonly string[], value: Tree): Tree {
  const [key, ...rest] = path
  if (key === undefined) return value
  const map = isMap(tree) ? tree : {}
  return { ...map, [key]: withValue(Object.hasOwn(map, key) ? map[key]! : {}, rest, value) }
}

/** `tree` without what is at `path`. */
export function without(tree: Tree, path: readonly string[]): Tree {
  const [key, ...rest] = path
  if (key === undefined || !isMap(tree) || !Object.hasOwn(tree, key)) return tree
  if (rest.length > 0) return { ...tree, [key]: without(tree[key]!, rest) }
  return Object.fromEntries(Object.entries(tree).filter(([name]) => name !== key))
}

/** Maps are merged key by key, everything else of `over` replaces what is under it: OmegaConf's rule. */
export function merged(under: Tree | undefined, over: Tree): Tree {
  if (!isMap(under) || !isMap(over)) return over
  const added = Object.entries(over).map(([key, value]) => [key, merged(Object.hasOwn(under, key) ? under[key] : undefined, value)] as const)
  return { ...under, ...Object.fromEntries(added) }
}

/** Every value that is not a map with something in it, with its dotted path, in the order of the tree. */
export function* leaves(tree: Tree, path: readonly string[] = []): Generator<readonly [readonly string[], Tree]> {
  if (isMap(tree) && (Object.keys(tree).length > 0 || path.length === 0)) {
    for (const [key, value] of Object.entries(tree)) yield* leaves(value, [...path, key])
  } else yield [path, tree]
}
