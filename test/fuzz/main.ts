// `npm run fuzz`: long runs of damaged objects through every reader. Ends with 1 when one of them found something.

import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { MiB } from '../../src/util/units.ts'
import { parseOptions, usage, type FuzzOptions } from './options.ts'
import { watch } from './watch.ts'

let options: FuzzOptions
try {
  options = parseOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exit(2)
}

const { formats, seed, inputs, seconds } = options
const module = fileURLToPath(new URL(`./child${path.extname(import.meta.url)}`, import.meta.url))
const patience = 20_000

process.stdout.write(`seed ${seed}\n${'format'.padEnd(20)}${['inputs', 'decoded', 'refused', 'found', 'worst MiB', 'seconds'].map((head) => head.padStart(11)).join('')}\n`)
for (const format of formats) {
  const tally = await watch({
    module, format, seed, inputs, seconds, patience,
    onFinding: ({ found, seed: at, file }) => { process.stderr.write(`${format}, seed ${at}, ${file}: ${found}\n  again: npm run fuzz -- --format ${format} --seed ${at} --inputs 1\n`) },
  })
  const cells = [tally.inputs, tally.decoded, tally.refused, tally.findings, (tally.worst / MiB).toFixed(1), tally.seconds.toFixed(0)]
  process.stdout.write(`${format.padEnd(20)}${cells.map((cell) => String(cell).padStart(11)).join('')}\n`)
  if (tally.findings > 0) process.exitCode = 1
}
