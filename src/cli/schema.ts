// `schema`: JSON Schemas for editors and checkers.

import { Fault } from '../util/fault.ts'
import { workloadJsonSchema } from '../workload/json-schema.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'

const schemas: Readonly<Record<string, () => object>> = { workload: workloadJsonSchema }

export async function schema(what: string): Promise<ExitCode> {
  const make = schemas[what]
  if (!make) throw new Fault('usage', `there is no schema of ${what}`, { info: {}, hint: `one of: ${Object.keys(schemas).join(', ')}` })
  process.stdout.write(`${JSON.stringify(make(), undefined, 2)}\n`)
  return exitCodes.ok
}
