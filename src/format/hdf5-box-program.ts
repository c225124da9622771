// Rows copied from one place of a memory to another by WebAssembly: 7 to 10 ns for a row of 91 bytes that begins anywhere, where
// `set` of a `subarray` takes 65 (the views are what costs) and a loop in JavaScript 180.

import { KiB } from '../util/units.ts'
import { add, advance, assemble, atLeast, block, constant, end, forward, get, i32, ifElse, jumpIf, load128, load8, loop, set, store128, store8, subtract, tee, type Program } from '../util/wasm-bytes.ts'

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

function copyRowsProgram(): Program {
  const from = 0, into = 1, length = 2, rows = 3, fromStep = 4, intoStep = 5, at = 6, to = 7, limit = 8
  // From `at` on, up to and without `limit`.
  const begin = (last: number[]): number[] => [...get(from), ...set(at), ...get(into), ...set(to), ...get(from), ...get(length), ...add, ...last, ...set(limit)]
  const bytewise = [...begin([]), ...loop, ...get(to), ...get(at), ...load8(0), ...store8(0), ...forward(to, constant(1)), ...advance(at, limit, 1), ...end]
  const step = 16
  // Whole steps, and the last one so that it ends where the row does.
  const steps = [...loop, ...get(to), ...get(at), ...load128(0), ...store128(0), ...forward(to, constant(step)), ...advance(at, limit, step), ...end]
  const last = [...get(into), ...get(length), ...add, ...constant(step), ...subtract, ...get(limit), ...load128(0), ...store128(0)]
  const wise = [...begin([...constant(step), ...subtract]), ...block, ...get(at), ...get(limit), ...atLeast, ...jumpIf, ...steps, ...end, ...last]
  const nextRow = [...forward(from, get(fromStep)), ...forward(into, get(intoStep)), ...get(rows), ...constant(1), ...subtract, ...tee(rows), ...jumpIf]
  const each = (row: number[]): number[] => [...loop, ...row, ...nextRow, ...end]
  return {
    name: 'copyRows', parameters: Array.from({ length: 6 }, () => i32), results: [], locals: [i32, i32, i32],
    body: [...get(length), ...constant(step), ...atLeast, ...ifElse(each(wise), each(bytewise))],
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
