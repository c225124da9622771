// The steps of one rank's block, raw: DLIO's files list every step, so they cannot be summed up early. 56 bytes a step.

import { nanosecondsPerSecond, type Nanoseconds } from '../util/units.ts'
import type { Step } from './events.ts'

/** What is kept of a step. `step` counts from 1 in each epoch. */
export type StepRow = Pick<Step, 'step' | 'loadBeginAt' | 'loadEndAt' | 'computeBeginAt' | 'computeEndAt' | 'barrierEndAt' | 'samples'>

const names = ['step', 'loadBeginAt', 'loadEndAt', 'computeBeginAt', 'computeEndAt', 'barrierEndAt', 'samples'] as const

type Columns = Record<keyof StepRow, Float64Array>

function columnsOf(length: number, from?: Columns): Columns {
  const column = (name: keyof StepRow): Float64Array => {
    const values = new Float64Array(length)
    if (from) values.set(from[name])
    return values
  }
  return Object.fromEntries(names.map((name) => [name, column(name)])) as Columns
}

export class StepColumns {
  #columns = columnsOf(16)
  #length = 0

  get length(): number { return this.#length }

  add(row: StepRow): void {
    if (this.#length === this.#columns.step.length) this.#columns = columnsOf(2 * this.#length, this.#columns)
    const [columns, index] = [this.#columns, this.#length]
    columns.step[index] = row.step
    columns.loadBeginAt[index] = row.loadBeginAt
    columns.loadEndAt[index] = row.loadEndAt
    columns.computeBeginAt[index] = row.computeBeginAt
    columns.computeEndAt[index] = row.computeEndAt
    columns.barrierEndAt[index] = row.barrierEndAt
    columns.samples[index] = row.samples
    this.#length++
  }

  /** One value of every step, in the order the steps were done: a view, to be read only. Shape [length]. */
  column(name: keyof StepRow): Float64Array {
    return this.#columns[name].subarray(0, this.#length)
  }

  /** The row at `index`, in the order the steps were done. @throws {RangeError} */
  at(index: number): StepRow {
    if (!(index >= 0 && index < this.#length)) throw new RangeError(`no step ${index} of ${this.#length}`)
    const { step, loadBeginAt, loadEndAt, computeBeginAt, computeEndAt, barrierEndAt, samples } = this.#columns
    return {
      step: step[index]!, loadBeginAt: loadBeginAt[index]!, loadEndAt: loadEndAt[index]!, computeBeginAt: computeBeginAt[index]!,
      computeEndAt: computeEndAt[index]!, barrierEndAt: barrierEndAt[index]!, samples: samples[index]!,
    }
  }

  /** All rows, in order: an object each, so for what prints a line a step anyway. */
  rows(): readonly StepRow[] {
    return Array.from({ length: this.#length }, (_, index) => this.at(index))
  }
}

/** Times that DLIO lists by step. `proc`: from asking for the batch to the end of computing. */
export type StepTime = 'load' | 'compute' | 'proc'

const stepTimes: Readonly<Record<StepTime, readonly [begin: keyof StepRow, end: keyof StepRow]>> = {
  load: ['loadBeginAt', 'loadEndAt'], compute: ['computeBeginAt', 'computeEndAt'], proc: ['loadBeginAt', 'computeEndAt'],
}

export function timeOf(row: StepRow, time: StepTime): Nanoseconds {
  const [begin, end] = stepTimes[time]
  return row[end] - row[begin]
}

/** One of the times of every step, in seconds: shape [numSteps]. */
export function secondsOf(steps: StepColumns, time: StepTime): readonly number[] {
  const [begins, ends] = [steps.column(stepTimes[time][0]), steps.column(stepTimes[time][1])]
  const seconds: number[] = []
  for (let i = 0; i < ends.length; i++) seconds.push((ends[i]! - begins[i]!) / nanosecondsPerSecond)
  return seconds
}
