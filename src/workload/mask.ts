// Secrets are never printed, logged or stored: what stands in their place.

import { entryAt } from './table.ts'
import { isMap, type Tree } from './tree.ts'

/** A misspelt secret is one too. */
const secretWord = '(?:secret|token|passw|acc?ess_?key|customer[_-]?key|authori[sz]ation|cookie)'
const secretName = new RegExp(secretWord, 'i')

/** Whether a key or header of this name holds a secret. The MD5 of one is none, though it is not shown either. */
export function namesSecret(name: string): boolean {
  return secretName.test(name) && !name.endsWith('-md5')
}

/** `value` of the key at a dotted path, fit to be shown: an access key by its first four characters, other secrets not at all. */
export function maskValue(path: string, value: Tree): Tree {
  if (entryAt.get(path)?.secret && path.endsWith('.access_key_id')) return maskAccessKey(typeof value === 'string' ? value : '')
  if (secretName.test(path.slice(path.lastIndexOf('.') + 1))) return '***'
  if (Array.isArray(value)) return value.map((each: Tree) => maskTree(each, path.split('.')))
  // A header, as in "x-amz-server-side-encryption-customer-key: …", has its name in its text.
  return typeof value === 'string' ? maskUrl(value.replaceAll(inMap, '$1***')) : value
}

/** The tree of a workload with its secrets masked. */
export function maskTree(tree: Tree, path: readonly string[] = []): Tree {
  if (isMap(tree)) return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, value === null ? null : maskTree(value, [...path, key])]))
  return maskValue(path.join('.'), tree)
}

function maskAccessKey(key: string): string {
  return key.length > 8 ? `${key.slice(0, 4)}***` : '***'
}

function maskUrl(text: string): string {
  return text.replace(/^([a-z][\w+.-]*:\/\/)[^/@]*@/i, '$1***@')
}

/** What stands before it is left as it is and need not be matched: tried from every character on, that took longer than all the rest. */
const keys = `${secretWord}[\\w-]*`
const assigned = new RegExp(`^([^=]*?${keys}\\s*=).*$`, 'is')
const inMap = new RegExp(`(${keys}["']?\\s*:\\s*)("[^"]*"?|'[^']*'?|[^,}]+)`, 'gi')

/** "user:password@host", as a proxy may be written. */
const login = /^(--[\w-]+=)?[^/@:=\s]+:[^/@\s]*@/

/** A command as it was given, without the secrets in its words. Faults hold none: "slow-down:get@2%" only looks like a login, and "expired-token:get" like one's token. */
export function maskWords(words: readonly string[]): string[] {
  return words.map((word, i) => {
    if (words[i - 1] === '--faults' || word.startsWith('--faults=')) return word
    return maskUrl(maskText(word)).replace(login, '$1***@')
  })
}

/** An override without the secrets in it, well formed or not. */
export function maskText(text: string): string {
  return text.replace(assigned, '$1***').replaceAll(inMap, '$1***').replace(/(=["']?[a-z][\w+.-]*:\/\/)[^/@\s]*@/i, '$1***@')
}
