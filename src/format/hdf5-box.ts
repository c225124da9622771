// The part of a chunk that lies inside an array, copied to its place there.

import type { RowCopier } from './hdf5-box-program.ts'

export interface Box {
  /** Elements per axis of the chunk. */
  readonly chunk: readonly number[]
  /** Elements per axis of the array. */
  readonly shape: readonly number[]
  /** Of the chunk's first element in the array: negative where the chunk begins before it. */
  readonly corner: readonly number[]
  readonly itemSize: number
}

/** A call that copies costs as much as a loop over so many bytes, word by word. */
const shortRun = 128

/** How often, and how many bytes apart in chunk and array. */
interface Axis { readonly count: number; readonly source: number; readonly target: number }
interface Place { readonly at: number; readonly into: number }
interface Rows { readonly rows: Axis; readonly length: number }

/** A box as runs of bytes: from `at` of the chunk to `into` of the array, rows of `length` bytes, again for each of `axes`. */
export interface Runs extends Rows, Place { readonly axes: readonly Axis[] }

/** Undefined when nothing of the chunk is in the array. */
export function runsOf({ itemSize, chunk, shape, corner }: Box): Runs | undefined {
  // Trailing axes that are whole in both are one run.
  let last = shape.length - 1
  let run = itemSize
  while (last > 0 && chunk[last] === shape[last] && corner[last] === 0) run *= shape[last--]!
  const axes: Axis[] = []
  let source = run, target = run, at = 0, into = 0
  for (let axis = last; axis >= 0; axis--) {
    const first = Math.max(0, -corner[axis]!)
    const count = Math.min(chunk[axis]!, shape[axis]! - corner[axis]!) - first
    if (count <= 0) return undefined
    at += first * source
    into += (first + corner[axis]!) * target
    axes.unshift({ count, source, target })
    source *= chunk[axis]!
    target *= shape[axis]!
  }
  const { count } = axes.pop()!
  // Two axes at least: a loop over rows is the innermost one.
  const rows = axes.pop() ?? { count: 1, source: 0, target: 0 }
  return { axes, rows, length: count * run, at, into }
}

/** Both are packed, in C order. */
export function copyBox(chunk: Uint8Array, array: Uint8Array, box: Box): void {
  const runs = runsOf(box)
  if (runs) copyAxis(runs.axes, runs, rowCopy(chunk, array, runs))
}

/** The same within the memory of a row copier: the array begins at 0, the chunk at `chunkAt`. */
export function copyRunsInside({ copyRows }: RowCopier, chunkAt: number, runs: Runs): void {
  const { axes, rows: { count, source, target }, length } = runs
  if (axes.length === 0) copyRows(chunkAt + runs.at, runs.into, length, count, source, target)
  else copyAxis(axes, runs, (at, into) => { copyRows(chunkAt + at, into, length, count, source, target) })
}

function copyAxis(axes: readonly Axis[], { at, into }: Place, copy: (at: number, into: number) => void): void {
  const [axis, ...inner] = axes
  if (!axis) {
    copy(at, into)
    return
  }
  for (let index = 0; index < axis.count; index++) copyAxis(inner, { at: at + index * axis.source, into: into + index * axis.target }, copy)
}

function rowCopy(chunk: Uint8Array, array: Uint8Array, job: Rows): (at: number, into: number) => void {
  if (job.length >= shortRun) {
    // Plain views: a subarray of a Buffer is a Buffer again, which takes longer to make.
    const from = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), to = new Uint8Array(array.buffer, array.byteOffset, array.length)
    return (at, into) => { setRows(from, to, job, { at, into }) }
  }
  const { rows, length } = job
  const isWords = ((chunk.byteOffset | array.byteOffset | rows.source | rows.target | length) & 3) === 0
  const fromWords = isWords ? new Int32Array(chunk.buffer, chunk.byteOffset, chunk.length >> 2) : undefined
  const toWords = isWords ? new Int32Array(array.buffer, array.byteOffset, array.length >> 2) : undefined
  const inWords = { rows: { count: rows.count, source: rows.source >> 2, target: rows.target >> 2 }, length: length >> 2 }
  return (at, into) => {
    if (fromWords && toWords && ((at | into) & 3) === 0) copyUnits(fromWords, toWords, inWords, { at: at >> 2, into: into >> 2 })
    else copyUnits(chunk, array, job, { at, into })
  }
}

function setRows(from: Uint8Array, to: Uint8Array, { rows: { count, source, target }, length }: Rows, { at, into }: Place): void {
  for (let row = 0, a = at, b = into; row < count; row++, a += source, b += target) to.set(from.subarray(a, a + length), b)
}

function copyUnits<T extends Int32Array | Uint8Array>(from: T, to: T, { rows: { count, source, target }, length }: Rows, { at, into }: Place): void {
  for (let row = 0, a = at, b = into; row < count; row++, a += source, b += target) {
    for (let unit = 0; unit < length; unit++) to[b + unit] = from[a + unit]!
  }
}
