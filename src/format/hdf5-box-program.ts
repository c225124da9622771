// Rows copied from one place of a memory to another by WebAssembly: 7 to 10 ns for a row of 91 bytes that begins anywhere, where
// `set` of a `subarray` takes 65 (the views are what costs) and a loop in JavaScript 180.

import { KiB } from '../util/units.ts'
import { assemble, block, constant, end, get, i32, loop, tee, type Code, type Program } from '../util/wasm-bytes.ts'
import { advance, assign, atLeast, jumpWhere, load128, load8, minus, plus, store128, store8, where } from '../util/wasm-expressions.ts'

/** Bytes for parts of an array, and behind them for the chunks that these are copied from: together they stay in a core's cache. */
export const arrayLength: number = 256 * KiB
export const chunksLength: number = 768 * KiB

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly copyRows: (...numbers: [from: number, into: number, length: number, rows: number, fromStep: number, intoStep: number]) => void
}

export interface RowCopier {
  /** From 0 on for parts of an array, from `arrayLength` on for chunks. */
  readonly bytes: Uint8Array
  /** Copies `rows` rows, at least one, of `length` bytes, at least one; steps are from one row to the next. All in `bytes`. */
  readonly copyRows: Exports['copyRows']
}

const forward = (local: number, by: Code): number[] => assign(local, plus(get(local), by))

function copyRowsProgram(): Program {
  const from = 0, into = 1, length = 2, rows = 3, fromStep = 4, intoStep = 5, at = 6, to = 7, limit = 8
  const step = 16, rowEnd = plus(get(from), get(length))
  // From `at` on, up to and without `limit`.
  const begin = (upTo: Code): number[] => [...assign(at, get(from)), ...assign(to, get(into)), ...assign(limit, upTo)]
  const bytewise = [...begin(rowEnd), ...loop, ...store8(get(to), load8(get(at))), ...forward(to, constant(1)), ...advance(at, limit, 1), ...end]
  // Whole steps, and the last one so that it ends where the row does.
  const steps = [...loop, ...store128(get(to), load128(get(at))), ...forward(to, constant(step)), ...advance(at, limit, step), ...end]
  const last = store128(minus(plus(get(into), get(length)), constant(step)), load128(get(limit)))
  const wise = [...begin(minus(rowEnd, constant(step))), ...block, ...jumpWhere(atLeast(get(at), get(limit)), 0), ...steps, ...end, ...last]
  const nextRow = [...forward(from, get(fromStep)), ...forward(into, get(intoStep)), ...jumpWhere([...minus(get(rows), constant(1)), ...tee(rows)], 0)]
  const each = (row: number[]): number[] => [...loop, ...row, ...nextRow, ...end]
  return {
    name: 'copyRows', parameters: Array.from({ length: 6 }, () => i32), results: [], locals: [i32, i32, i32],
    body: where(atLeast(get(length), constant(step)), each(wise), each(bytewise)),
  }
}

let made: RowCopier | undefined

/** One for all of a thread: what is in its memory is done with before anything else runs. */
export function rowCopier(): RowCopier {
  if (!made) {
    const { memory, copyRows } = assemble([copyRowsProgram()], arrayLength + chunksLength) as Exports
    made = { bytes: new Uint8Array(memory.buffer), copyRows }
  }
  return made
}
