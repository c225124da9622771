// Asks the contenders of a case in turns, so that what comes and goes on the machine hits all of them alike.

import type { Case, Contender, Row, Sample } from './case.ts'
import { outcomeOf, type Outcome, type Samples } from './outcome.ts'
import type { Tools } from './tools.ts'

export interface RoundsPlan {
  readonly rounds: number
  /** Only rows whose name contains it. */
  readonly only: string
  readonly tools: Tools
  readonly tell: (line: string) => void
}

export interface CaseResult {
  readonly name: string
  readonly outcomes: readonly Outcome[]
  readonly samples: Samples
}

/** Undefined when no row of the case is wanted: then nothing of it is opened. */
export async function runCase(measured: Case, { rounds, only, tools, tell }: RoundsPlan): Promise<CaseResult | undefined> {
  const rows = measured.rows.filter(({ name }) => name.includes(only))
  if (rows.length === 0) return undefined
  const open = await measured.open()
  const { contenders } = open
  try {
    const missing = (row: Row): string | undefined => namesOf(row).map((name) => contenders[name]!.needs).find((tool) => tool !== undefined && !tools[tool])
    const wanted = [...new Set(rows.filter((row) => missing(row) === undefined).flatMap(namesOf))]
    const samples = await takeTurns(Object.fromEntries(wanted.map((name) => [name, contenders[name]!])), rounds, (line) => { tell(`${measured.name}: ${line}`) })
    const outcomes = rows.map((row): Outcome => {
      const tool = missing(row)
      return tool === undefined ? outcomeOf(row, samples) : { row, skipped: `${tool} is not installed` }
    })
    return { name: measured.name, outcomes, samples }
  } finally {
    await open.close?.()
  }
}

function namesOf({ ours, against }: Row): string[] {
  return against === undefined ? [ours] : [ours, against]
}

/** Every second round goes backwards: nobody always comes after the same one. */
export async function takeTurns(contenders: Readonly<Record<string, Contender>>, rounds: number, tell: (line: string) => void): Promise<Samples> {
  const samples: Record<string, Sample[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(contenders)
    for (const [name, contender] of round % 2 === 0 ? order : order.toReversed()) {
      tell(`round ${round + 1} of ${rounds}, ${name}`)
      samples[name]!.push(await contender.sample())
    }
  }
  return samples
}
