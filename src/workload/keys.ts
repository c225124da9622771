// How one key of a workload file is described. The descriptions themselves are in keys-*.ts, one line a key.

import type { TimeDistribution } from './distribution.ts'

/** `time` also takes a sibling `<key>_stdev`; `columns` is Parquet's list of maps. */
export type KeyKind = 'boolean' | 'integer' | 'number' | 'text' | 'enum' | 'integers' | 'texts' | 'time' | 'columns'

/**
 * What this program does with a key that DLIO has:
 * `used` acts on it; `quiet` accepts it without a word, since it describes only, or only matters beside a key that warns;
 * `inert` has nothing here that it could mean; `unsupported` could mean something and is not done: `why` says what happens instead.
 */
export type KeyStatus = 'used' | 'quiet' | 'inert' | 'unsupported'

/** DLIO: both upstreams. MLCommons: their fork only. ours: dlio-s3 only. */
export type KeyOrigin = 'DLIO' | 'MLCommons' | 'ours'

interface KeyNotes {
  readonly unit?: 'bytes' | 'seconds' | 'percent' | 'fraction'
  readonly min?: number
  readonly max?: number
  readonly origin?: KeyOrigin
  readonly status?: Exclude<KeyStatus, 'used'>
  /** Of an inert or unsupported key: the end of the sentence "KEY has no effect here: …" or "KEY is not supported: …". */
  readonly why?: string
  /** A value of an inert or unsupported key that is what happens anyway: no warning. */
  readonly sameAs?: string
  /** Never shown. */
  readonly secret?: boolean
  /** Has secrets among its values: a message says of what kind a wrong one is, and quotes nothing. */
  readonly unquoted?: boolean
  /** Names a Python class upstream. */
  readonly pythonClass?: boolean
}

export interface Key<V = unknown> extends KeyNotes {
  readonly kind: KeyKind
  /** Undefined: the property is absent unless the file has it. */
  readonly fallback: V | undefined
  readonly doc: string
  readonly values?: readonly string[]
}

type With<V, D> = Key<V> & { readonly fallback: D }

/** One description for each property of `T`; a property that is never absent must have a default. `Nested` ones are tables again. */
export type Keys<T, Nested extends keyof T = never> = {
  readonly [K in Exclude<keyof T, Nested>]-?: {} extends Pick<T, K> ? Key<NonNullable<T[K]>> : With<NonNullable<T[K]>, T[K]>
} & { readonly [K in Nested]-?: Keys<NonNullable<T[K]>> }

export function yesNo<D extends boolean | undefined>(fallback: D, doc: string, notes: KeyNotes = {}): With<boolean, D> {
  return { kind: 'boolean', fallback, doc, ...notes }
}

export function integer<D extends number | undefined>(fallback: D, doc: string, notes: KeyNotes = {}): With<number, D> {
  return { kind: 'integer', fallback, doc, min: 0, ...notes }
}

export function decimal<D extends number | undefined>(fallback: D, doc: string, notes: KeyNotes = {}): With<number, D> {
  return { kind: 'number', fallback, doc, min: 0, ...notes }
}

export function text<D extends string | undefined>(fallback: D, doc: string, notes: KeyNotes = {}): With<string, D> {
  return { kind: 'text', fallback, doc, ...notes }
}

export function oneOf<V extends string, D extends V | undefined>(values: readonly V[], fallback: D, doc: string, notes: KeyNotes = {}): With<V, D> {
  return { kind: 'enum', values, fallback, doc, ...notes }
}

export function integers(doc: string, notes: KeyNotes = {}): With<readonly number[], readonly number[]> {
  return { kind: 'integers', fallback: [], doc, min: 0, ...notes }
}

export function texts<D extends readonly string[] | undefined>(fallback: D, doc: string, notes: KeyNotes = {}): With<readonly string[], D> {
  return { kind: 'texts', fallback, doc, ...notes }
}

export function time(doc: string): With<TimeDistribution, TimeDistribution> {
  return { kind: 'time', fallback: { type: 'none' }, doc, unit: 'seconds' }
}

/** DLIO's spelling of a property: `numFilesTrain` → `num_files_train`. The only place where the two spellings meet. */
export function dlioName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
