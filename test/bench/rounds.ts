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
  /** Aborted: nobody is asked any more, and a failure is no failure. */
  readonly signal: AbortSignal
}

export interface CaseResult {
  readonly name: string
  /** Rows of which every contender was asked in all rounds, and those that are skipped. */
  readonly outcomes: readonly Outcome[]
  /** All there are, also of rounds that were broken off. */
  readonly samples: Samples
}

/** Undefined when no row of the case is wanted, or it was broken off before it was open. */
export async function runCase(measured: Case, { rounds, only, tools, tell, signal }: RoundsPlan): Promise<CaseResult | undefined> {
  const rows = measured.rows.filter(({ name }) => name.includes(only))
  if (rows.length === 0 || signal.aborted) return undefined
  const open = await measured.open().catch((error: unknown) => {
    if (signal.aborted) return undefined
    throw error
  })
  if (!open) return undefined
  const { contenders } = open
  const ownRounds = Math.min(rounds, measured.mostRounds ?? rounds)
  try {
    const missing = (row: Row): string | undefined => namesOf(row).map((name) => contenders[name]!.needs).find((tool) => tool !== undefined && !tools[tool])
    const wanted = [...new Set(rows.filter((row) => missing(row) === undefined).flatMap(namesOf))]
    const samples = await takeTurns(Object.fromEntries(wanted.map((name) => [name, contenders[name]!])), ownRounds, { tell: (line) => { tell(`${measured.name}: ${line}`) }, signal })
    const outcomes = rows.flatMap((row): Outcome[] => {
      const tool = missing(row)
      if (tool !== undefined) return [{ row, skipped: `${tool} is not installed` }]
      return namesOf(row).every((name) => samples[name]!.length === ownRounds) ? [outcomeOf(row, samples)] : []
    })
    return { name: measured.name, outcomes, samples }
  } finally {
    await open.close?.()
  }
}

function namesOf({ ours, against }: Row): string[] {
  return against === undefined ? [ours] : [ours, against]
}

/** Every second round goes backwards: nobody always comes after the same one. What there is until then when the signal is aborted. */
export async function takeTurns(contenders: Readonly<Record<string, Contender>>, rounds: number, { tell, signal }: Pick<RoundsPlan, 'tell' | 'signal'>): Promise<Samples> {
  const samples: Record<string, Sample[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(contenders)
    for (const [name, contender] of round % 2 === 0 ? order : order.toReversed()) {
      if (signal.aborted) return samples
      tell(`round ${round + 1} of ${rounds}, ${name}`)
      try {
        samples[name]!.push(await contender.sample())
      } catch (error) {
        if (!signal.aborted) throw error
      }
    }
  }
  return samples
}
