// Everything that is wrong with a workload, told at once: one line a problem, one Fault for all.

import { Fault, type FaultInfo } from '../util/fault.ts'
import type { Tree } from './tree.ts'

/** Where a value comes from. Lines and columns count from 1. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  /** `text` as typed, secrets masked; `index` among the overrides, from 0. */
  | { readonly kind: 'override'; readonly text: string; readonly index: number }

export interface Problem {
  /** After the place and the key: "expected an integer, found \"x\"". */
  readonly message: string
  readonly key?: string | undefined
  readonly origin?: Origin | undefined
  /** 1-based position in an override's text. */
  readonly position?: number | undefined
  readonly hint?: string | undefined
}

export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'default': break
    case 'file': return `${origin.file}:${origin.line}`
    case 'override': return origin.text
  }
  return 'default'
}

/** The value as JSON, shortened: for messages. */
export function shown(value: Tree | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** Long text shortened, for messages. */
export function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function placeOf({ origin, position }: Problem): string {
  if (origin?.kind === 'file') return `${origin.file}:${origin.line}:${origin.column}: `
  if (origin?.kind === 'override') return `override "${cut(origin.text)}"${position === undefined ? '' : `, position ${position}`}: `
  return ''
}

export function problemLine(problem: Problem): string {
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`
  return `${placeOf(problem)}${problem.key === undefined ? '' : `${problem.key}: `}${problem.message}${hint}`
}

function infoOf({ origin, key, position }: Problem): FaultInfo['usage'] {
  const file = origin?.kind === 'file' ? { file: origin.file, line: origin.line, column: origin.column } : {}
  return { ...file, ...(key === undefined ? {} : { key }), ...(position === undefined ? {} : { column: position }) }
}

/** A Fault of one or more problems: a line each, `info` of the first. A lone problem's hint is the Fault's hint. */
export function usageFault(problems: readonly Problem[]): Fault<'usage'> {
  const [first] = problems
  if (first === undefined) throw new Error('a Fault needs a problem')
  if (problems.length > 1) return new Fault('usage', problems.map(problemLine).join('\n'), { info: infoOf(first) })
  const { hint, ...rest } = first
  return new Fault('usage', problemLine(rest), { info: infoOf(first), hint })
}

export function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw usageFault(problems)
}
