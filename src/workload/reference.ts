// docs/workload-file.md, rendered from the table: the page cannot say anything else than the parser does.

import { distributionKeys, type TimeDistribution } from './distribution.ts'
import { entries, ignoredKeys, sections, type Entry } from './table.ts'
import { expectation } from './values.ts'

const intro = `# The workload file

A workload is a YAML file of DLIO: the same sections, keys and defaults. This page is generated from the table that the parser uses.
Every key is optional. Files are YAML 1.1, as DLIO reads them: an unquoted \`off\` is false, and is understood where \`off\` is meant;
\`1e-3\` is a number. Numbers in bytes may also be written as sizes: \`64KiB\`, \`8MiB\`. A file may also have everything under a root
key \`workload\`, as Hydra writes it. \`data_reader\` is another name of \`reader\` and wins over it. \`model: NAME\` is \`model.name\`.

**Origin**: *DLIO* is a key of argonne-lcf/dlio_benchmark, *MLCommons* one of its fork for MLPerf Storage only, *ours* one that only
dlio-s3 has. **Here**: *used* decides something; *accepted* is read and only describes, or matters only for checkpoints and profiling;
*no effect* and *not supported* warn when a file sets them to anything but the default, and say why.

Keys that stand in no table warn, never silently: with \`--strict\` they are errors.
`

const times = `## Times

\`train.computation_time\`, \`evaluation.eval_time\` and \`reader.preprocess_time\` are seconds, or a map:

| map | each draw |
| --- | --- |
| \`0.5\` or \`{mean: 0.5}\` | always 0.5 |
| \`{mean: 0.5, stdev: 0.1}\`, or the sibling key \`…_stdev: 0.1\` | normal |
`

const overrideText = `## Overrides

Hydra's spelling, after the workload on the command line; in order, the last one wins.

| form | effect |
| --- | --- |
| \`workload=NAME\` | choose the workload |
| \`workload.train.epochs=3\`, \`train.epochs=3\` | change a key that DLIO has or the file has |
| \`+workload.a.b=v\` | add a key that is not there |
| \`++workload.a.b=v\` | change or add |
| \`~workload.a.b\`, \`~workload.a.b=v\` | delete; with a value, only if it is that |
| \`hydra.run.dir=DIR\`, \`++hydra.output_subdir=DIR\` | where results go |

Values are \`null\`, \`true\`, \`false\` (any case), numbers (\`3\`, \`1e-3\`, \`inf\`, \`nan\`), words, quoted text, lists \`[1,2]\` and
maps \`{a:1}\`. \`\${workload.model.name}\` is the value of another key, \`\${oc.env:NAME,default}\` one of the environment.
`

/** The page, whole. */
export function workloadReference(): string {
  const parts = [intro]
  for (const section of sections) {
    const rows = entries.filter(({ path }) => path === section || path.startsWith(`${section}.`))
    parts.push(`## ${section}\n\n| key | value | default | meaning | origin | here |\n| --- | --- | --- | --- | --- | --- |\n${rows.map(row).join('\n')}\n`)
  }
  const distributions = Object.entries(distributionKeys).map(([type, keys]) => `| \`{type: ${type}, ${keys.map((key) => `${key}: …`).join(', ')}}\` | ${type} |\n`)
  parts.push(`${times}${distributions.join('')}\nThe absolute value of the draw counts. Nothing set is no sleep at all.\n`)
  parts.push(`## Keys that DLIO ignores\n\nSeen in workload files, and without effect in current DLIO and here. They warn.\n\n| key | instead |\n| --- | --- |\n${Object.entries(ignoredKeys).map(([key, advice]) => `| \`${key}\` | ${advice} |`).join('\n')}\n`)
  parts.push(overrideText)
  return parts.join('\n')
}

function row(entry: Entry): string {
  const cells = [`\`${entry.path}\``, valueText(entry), defaultText(entry), entry.doc, entry.origin, here(entry)]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function valueText(entry: Entry): string {
  if (entry.kind === 'enum') return (entry.values ?? []).map((value) => `\`${value}\``).join(' ')
  const unit = entry.unit === undefined || entry.unit === 'bytes' || entry.kind === 'time' ? '' : ` (${entry.unit})`
  return expectation(entry) + unit
}

function defaultText({ fallback, kind }: Entry): string {
  if (fallback === undefined) return ''
  if (kind === 'time') return (fallback as TimeDistribution).type
  return `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``
}

function here({ status, why }: Entry): string {
  switch (status) {
    case 'used': break
    case 'quiet': return 'accepted'
    case 'inert': return `no effect: ${why ?? ''}`
    case 'unsupported': return `not supported: ${why ?? ''}`
  }
  return 'used'
}
