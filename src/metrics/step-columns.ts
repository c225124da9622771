// The steps of one rank's block, raw: DLIO's files list every step, so they cannot be summed up early. 56 bytes a step.

import { toSeconds, type Nanoseconds } from '../util/units.ts'
import type { Step } from './events.ts'

/** What is kept of a step. `step` counts from 1 in each epoch. */
export type StepRow = Pick<Step, 'step' | 'loadBeginAt' | 'loadEndAt' | 'computeBeginAt' | 'computeEndAt' | 'barrierEndAt' | 'samples'>

/** Numbers of a step in memory, in the order of StepRow. */
const width = 7

export class StepColumns {
  #values = new Float64Array(16 * width)
  #length = 0

  get length(): number { return this.#length }

  add(row: StepRow): void {
    if (this.#length * width === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    const [values, offset] = [this.#values, this.#length * width]
    values[offset] = row.step
    values[offset + 1] = row.loadBeginAt
    values[offset + 2] = row.loadEndAt
    values[offset + 3] = row.computeBeginAt
    values[offset + 4] = row.computeEndAt
    values[offset + 5] = row.barrierEndAt
    values[offset + 6] = row.samples
    this.#length++
  }

  /** The row at `index`, in the order the steps were done. @throws {RangeError} */
  at(index: number): StepRow {
    if (!(index >= 0 && index < this.#length)) throw new RangeError(`no step ${index} of ${this.#length}`)
    const [step, loadBeginAt, loadEndAt, computeBeginAt, computeEndAt, barrierEndAt, samples] = this.#values.subarray(index * width, (index + 1) * width)
    return { step: step!, loadBeginAt: loadBeginAt!, loadEndAt: loadEndAt!, computeBeginAt: computeBeginAt!, computeEndAt: computeEndAt!, barrierEndAt: barrierEndAt!, samples: samples! }
  }

  /** All rows, in order. */
  rows(): readonly StepRow[] {
    return Array.from({ length: this.#length }, (_, index) => this.at(index))
  }
}

export function loadTime(row: StepRow): Nanoseconds { return row.loadEndAt - row.loadBeginAt }
export function computeTime(row: StepRow): Nanoseconds { return row.computeEndAt - row.computeBeginAt }
/** From asking for the batch to the end of computing: DLIO's "proc". */
export function procTime(row: StepRow): Nanoseconds { return row.computeEndAt - row.loadBeginAt }
export function barrierTime(row: StepRow): Nanoseconds { return row.barrierEndAt - row.computeEndAt }
/** From asking for the batch to leaving the barrier. */
export function stepTime(row: StepRow): Nanoseconds { return row.barrierEndAt - row.loadBeginAt }

/** One of the times above of every step, in seconds: shape [numSteps]. */
export function secondsOf(steps: StepColumns, time: (row: StepRow) => Nanoseconds): readonly number[] {
  return steps.rows().map((row) => toSeconds(time(row)))
}
