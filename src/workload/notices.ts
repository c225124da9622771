// Keys that will not do what a reader of the file may expect: unknown, ignored by DLIO itself, without effect here, not supported.
// One line a key, never silence. Knows nothing of where the keys came from but the place it is told.

import { namesSecret } from './mask.ts'
import type { Origin } from './problems.ts'
import { nearest } from './suggest.ts'
import { entries, entryAt, ignoredKeys, mapPaths, stdevOwner, type Entry } from './table.ts'
import { isMap, leaves, valueAt, type Tree } from './tree.ts'

/** `unknown` and `ignored` are Faults under `strict`; `compat` is a difference from DLIO; `secret` is a key in a file. */
export type NoticeKind = 'unknown' | 'ignored' | 'inert' | 'unsupported' | 'compat' | 'secret'

export interface Notice {
  readonly kind: NoticeKind
  /** A sentence without place. */
  readonly message: string
  /** DLIO's dotted path. */
  readonly key: string
  readonly file?: string
  /** From 1. */
  readonly line?: number
}

export function notice(kind: NoticeKind, key: string, message: string, origin?: Origin): Notice {
  return { kind, key, message, ...(origin?.kind === 'file' ? { file: origin.file, line: origin.line } : {}) }
}

/** Keys of the tree that are in no table. A map that is unknown as a whole is told once. */
export function strayKeys(tree: Tree, originOf: (path: string) => Origin): Notice[] {
  const notices = new Map<string, Notice>()
  for (const [words, value] of leaves(tree)) {
    const path = words.join('.')
    if (path === '' || isKnown(words, value)) continue
    const key = strayPart(words)
    if (!notices.has(key)) notices.set(key, strayNotice(key, originOf(path)))
  }
  return [...notices.values()]
}

function isKnown(words: readonly string[], value: Tree): boolean {
  const path = words.join('.')
  if (entryAt.has(path) || stdevOwner(path) !== undefined || path === 'storage.s3_force_path_style') return true
  // What is inside a time or a list of columns is judged where it is read.
  if (words.some((_, i) => entryAt.has(words.slice(0, i).join('.')))) return true
  return mapPaths.has(path) && (value === null || typeof value === 'object')
}

/** The shortest part of the path that no table knows. */
function strayPart(words: readonly string[]): string {
  const length = words.findIndex((_, i) => !mapPaths.has(words.slice(0, i + 1).join('.')))
  return words.slice(0, length + 1).join('.')
}

function strayNotice(key: string, origin: Origin): Notice {
  if (Object.hasOwn(ignoredKeys, key)) return notice('ignored', key, `${key} is ignored, by DLIO too: ${ignoredKeys[key]!}`, origin)
  const suggestion = suggestKey(key)
  return notice('unknown', key, `${key} is not a key of DLIO and is ignored${suggestion === undefined ? '' : `: did you mean ${suggestion}?`}`, origin)
}

/** The key that was probably meant: a near name in the same map, else the same or a near name anywhere. */
export function suggestKey(key: string): string | undefined {
  const map = key.slice(0, key.lastIndexOf('.') + 1)
  const name = key.slice(map.length)
  const known = [...entryAt.keys(), ...mapPaths]
  const siblings = known.filter((path) => path.startsWith(map) && !path.slice(map.length).includes('.'))
  const [sibling] = nearest(name, siblings.map((path) => path.slice(map.length)))
  if (sibling !== undefined) return map + sibling
  const [word] = nearest(name, known.map((path) => path.slice(path.lastIndexOf('.') + 1)))
  return word === undefined ? undefined : known.find((path) => path === word || path.endsWith(`.${word}`))
}

/** What the file asks for and this version does not do. A key at its default asks for nothing. */
export function statusNotice(entry: Entry, value: unknown, origin: Origin): Notice | undefined {
  if (entry.status !== 'inert' && entry.status !== 'unsupported') return undefined
  if (value === undefined || value === entry.sameAs || JSON.stringify(value) === JSON.stringify(entry.fallback)) return undefined
  const says = entry.status === 'inert' ? 'has no effect here' : 'is not supported'
  return notice(entry.status, entry.path, `${entry.path} ${says}: ${entry.why ?? ''}`, origin)
}

const inFile = 'is a secret in a file'

/** One warning for each secret that stands in a file as it is, not as an interpolation. */
export function secretNotices(tree: Tree, originOf: (path: string) => Origin): Notice[] {
  return entries.flatMap(({ path, secret, unquoted }) => {
    const value = secret || unquoted ? valueAt(tree, path.split('.')) : undefined
    if (value === undefined || value === null) return []
    if (unquoted) return headersIn(value).flatMap(([at, name, text]) => namesSecret(name) && !isInterpolated(text)
      ? [notice('secret', path, `${name} in ${path} ${inFile}: take it from the environment, as in "\${oc.env:NAME}"`, originOf(at === undefined ? path : `${path}.${at}`))] : [])
    return isInterpolated(value) ? [] : [notice('secret', path, `${path} ${inFile}: keep it in the environment or a profile instead`, originOf(path))]
  })
}

/** Where in `value` each header is, its name and its text, in whichever form it was written. */
function headersIn(value: Tree, at?: string): (readonly [at: string | undefined, name: string, text: Tree])[] {
  if (typeof value === 'string') return [[at, value.split(':')[0]!.trim().toLowerCase(), value]]
  if (isMap(value)) return Object.entries(value).map(([name, text]) => [at === undefined ? name : `${at}.${name}`, name.toLowerCase(), text] as const)
  return Array.isArray(value) ? value.flatMap((item: Tree, i) => headersIn(item, String(i))) : []
}

function isInterpolated(value: Tree): boolean {
  return typeof value === 'string' && value.includes('${')
}
