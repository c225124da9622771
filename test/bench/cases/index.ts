// All cases, in the order in which they are run and printed.

import type { Bench } from '../bench.ts'
import type { Case } from '../case.ts'
import { acceleratorCases } from './accelerators.ts'
import { clockCases } from './clock.ts'
import { generateCases } from './generate.ts'
import { getCases } from './get.ts'
import { listingCases } from './listing.ts'
import { memoryCases } from './memory.ts'
import { putCases } from './put.ts'
import { runCases } from './run.ts'
import { scaleCases } from './scale.ts'
import { startUpCases } from './start-up.ts'

const makers: readonly ((bench: Bench) => readonly Case[])[] = [
  scaleCases, getCases, putCases, runCases, generateCases, listingCases, clockCases, acceleratorCases, memoryCases, startUpCases,
]

export function allCases(bench: Bench): readonly Case[] {
  return makers.flatMap((maker) => maker(bench))
}
