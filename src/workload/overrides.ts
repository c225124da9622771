// Overrides in Hydra's spelling: `workload=NAME`, `workload.a.b=v`, `+…`, `++…`, `~…`, `hydra.…`; and `train.epochs=3` without
// the prefix. Reads them; applying them is compose.ts. Source: facebookresearch/hydra, documentation "The Override Grammar".

import { maskText } from './mask.ts'
import { OverrideSyntax, parseOverrideValue } from './override-value.ts'
import type { Problem } from './problems.ts'
import { didYouMean } from './suggest.ts'
import { sections } from './table.ts'
import type { Tree } from './tree.ts'

/** set: the key must exist; add: it must not; force: either; delete: it must, and be `value` when one is given. */
export interface Override {
  /** As typed, secrets masked. */
  readonly text: string
  /** Among all overrides, from 0. */
  readonly index: number
  readonly action: 'set' | 'add' | 'force' | 'delete'
  /** `name`: which workload; `workload` and `hydra`: a key below that root, given without it. */
  readonly root: 'name' | 'workload' | 'hydra'
  readonly path: readonly string[]
  readonly value?: Tree
}

/** DLIO's longest key has three. */
const maxWords = 20
const actions = { '': 'set', '+': 'add', '++': 'force', '~': 'delete' } as const

/** All overrides, and a problem for each that cannot be read. */
export function parseOverrides(texts: readonly string[]): { readonly overrides: readonly Override[]; readonly problems: readonly Problem[] } {
  const overrides: Override[] = []
  const problems: Problem[] = []
  for (const [index, text] of texts.entries()) {
    try {
      overrides.push(parseOverride(text, index))
    } catch (error) {
      if (!(error instanceof OverrideSyntax)) throw error
      problems.push({ message: error.message, hint: error.hint, position: error.position, origin: { kind: 'override', text: maskText(text), index } })
    }
  }
  return { overrides, problems }
}

function parseOverride(text: string, index: number): Override {
  const [, prefix, key, equals] = /^(\s*(?:\+\+|\+|~)?\s*)([^=]*?)\s*(=|$)/.exec(text)!
  const sign = prefix!.trim() as keyof typeof actions
  const action = actions[sign]
  const begin = prefix!.length
  if (key === '') throw new OverrideSyntax(begin + 1, 'expected a key', 'write KEY=VALUE')
  const stray = /[^\w.-]/.exec(key!)
  if (stray) throw new OverrideSyntax(begin + stray.index + 1, `a key cannot hold "${stray[0]}"`, 'write KEY=VALUE, with dots between words')
  const words = key!.split('.')
  if (words.length > maxWords) throw new OverrideSyntax(begin + 1, `a key has at most ${maxWords} words`)
  const empty = words.indexOf('')
  if (empty >= 0) throw new OverrideSyntax(begin + words.slice(0, empty).join('.').length + (empty > 0 ? 2 : 1), 'a word of the key is empty', 'write one dot between words')
  if (equals !== '=' && action !== 'delete') throw new OverrideSyntax(text.length + 1, 'expected "=" and a value', `write ${key!}=VALUE`)
  const where = placed(words, begin)
  const value = equals === '=' ? { value: parseOverrideValue(text, text.indexOf('=') + 1) } : {}
  const override = { text: maskText(text), index, action, ...where, ...value }
  if (where.root !== 'name') return override
  if (action === 'delete' || (typeof value.value !== 'string' && typeof value.value !== 'number') || value.value === '') {
    throw new OverrideSyntax(begin + 1, 'expected the name of a workload', 'write workload=NAME')
  }
  return { ...override, value: String(value.value) }
}

function placed(words: readonly string[], begin: number): Pick<Override, 'root' | 'path'> {
  const [first, ...rest] = words
  if (first === 'workload') return rest.length === 0 ? { root: 'name', path: [] } : { root: 'workload', path: rest }
  if (first === 'hydra') return { root: 'hydra', path: rest }
  if (first === 'data_reader' || sections.includes(first!)) return { root: 'workload', path: words }
  const known = ['workload', 'hydra', ...sections]
  throw new OverrideSyntax(begin + 1, `${first!} is no section of a workload`, didYouMean(first!, known) ?? `sections are ${sections.join(', ')}`)
}
