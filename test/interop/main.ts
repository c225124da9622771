// `npm run interop`: servers of others, brought here where they can be, each held against the suite through each transport; then clients of others
// against the built-in server. With DLIO_S3_TEST_ENDPOINT only that endpoint. Ends with 1 when anything failed, or with --enough=N only when
// fewer than N of them passed: a server of somebody else's that cannot be started today is no fault of ours.

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { allTransports, endpointIn, environmentOf, subjectIn, type Endpoint, type Subject } from './endpoint.ts'
import { install } from './installation.ts'
import { killAll, run } from './program.ts'
import { recipes, type Recipe } from './recipes.ts'
import { startRecipe } from './started-server.ts'
import { countsIn, exitCode, table, total, type Verdict } from './verdicts.ts'

/** Of one server's installation: MinIO takes some minutes to compile. */
const installLimitSeconds = 8 * 60
/** Of the suite through one transport: more is a hang, and a failure. */
const suiteLimitSeconds = 4 * 60
/** After this nothing more is begun, so that all ends well within an hour. */
const wholeLimitSeconds = 25 * 60

const secondsSoFar = (): number => performance.now() / 1000
const tell = (line: string): void => { process.stdout.write(`\n== ${line}\n`) }

const flag = process.argv.slice(2).find((word) => /^--enough=\d+$/.test(word))
const enough = flag === undefined ? Infinity : Number(flag.slice('--enough='.length))
const asked = process.argv.slice(2).filter((word) => word !== flag)
const names = [...recipes.map(({ name }) => name), 'clients']
const unknown = asked.find((name) => !names.includes(name))
if (unknown !== undefined) {
  process.stderr.write(`"${unknown}" is none of ${names.join(', ')}\n`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { killAll(); process.exit(130) })

const verdicts: Verdict[] = []
const given = endpointIn(process.env)
if (given) verdicts.push(...await suite(subjectIn(process.env), '', given))
else {
  for (const recipe of recipes) if (wants(recipe.name)) verdicts.push(...await serverOf(recipe))
  if (wants('clients')) verdicts.push(await tests('clients', { title: 'clients of others', version: 'against the built-in server' }, {}))
}

process.stdout.write(`\n${table(verdicts)}`)
if (verdicts.every(({ outcome }) => outcome === 'skipped')) process.stdout.write('\nNOTHING WAS TESTED: every server was skipped. Install Go or Python, or set DLIO_S3_TEST_ENDPOINT.\n')
process.stdout.write(`\n${total(verdicts)}`)
process.exitCode = exitCode(verdicts, enough)

function wants(name: string): boolean {
  return asked.length === 0 || asked.includes(name)
}

async function serverOf(recipe: Recipe): Promise<Verdict[]> {
  const { name, version } = recipe
  const skipped = (reason: string): Verdict[] => {
    tell(`${name} is skipped: ${reason}`)
    return [{ name, version, outcome: 'skipped', reason }]
  }
  const left = wholeLimitSeconds - secondsSoFar()
  if (left <= 0) return skipped(`the ${wholeLimitSeconds / 60} minutes for all servers are over`)
  tell(`${name} ${version}: installing, unless it is there`)
  const installed = await install(recipe, Math.min(installLimitSeconds, left))
  if ('missing' in installed) return skipped(installed.missing)
  const verdictsOf = [await against(recipe, installed.file, false)]
  if (recipe.canBeSecure) verdictsOf.push(await against(recipe, installed.file, true))
  return verdictsOf.flat()
}

async function against(recipe: Recipe, file: string, isSecure: boolean): Promise<Verdict[]> {
  const { name, version } = recipe
  try {
    const server = await startRecipe(recipe, file, isSecure)
    try {
      const results = await suite({ name, transports: allTransports }, version, server.endpoint)
      if (exitCode(results) !== 0) process.stdout.write(`\n${name} printed at the end:\n${server.output().slice(-2000)}\n`)
      return results
    } finally {
      await server.stop()
    }
  } catch (error) {
    return [{ name: isSecure ? `${name} tls` : name, version, outcome: 'failed', reason: error instanceof Error ? error.message : String(error) }]
  }
}

async function suite({ name, transports }: Subject, version: string, endpoint: Endpoint): Promise<Verdict[]> {
  const results: Verdict[] = []
  for (const transport of transports) {
    const env = { ...environmentOf(endpoint), DLIO_S3_TEST_SERVER: name, DLIO_S3_TEST_TRANSPORT: transport }
    results.push(await tests('against-endpoint', { title: `${name} ${endpoint.isVirtual ? 'tls ' : ''}${transport}`, version }, env))
  }
  return results
}

/** The tests of a module beside this one, in a process of their own. */
async function tests(module: string, { title, version }: { title: string; version: string }, env: Record<string, string>): Promise<Verdict> {
  tell(title)
  const file = fileURLToPath(new URL(`./${module}${path.extname(import.meta.url)}`, import.meta.url))
  const begin = secondsSoFar()
  const { code, output, isTimedOut } = await run({
    file: process.execPath, args: ['--test', '--test-reporter=spec', `--test-timeout=${suiteLimitSeconds * 1000}`, file], env, limitSeconds: suiteLimitSeconds, onOutput: (text) => { process.stdout.write(text) },
  })
  const counts = countsIn(output)
  const verdict = { name: title, version, seconds: secondsSoFar() - begin, ...(counts ? { counts } : {}) }
  if (isTimedOut) return { ...verdict, outcome: 'failed', reason: `not over after ${suiteLimitSeconds} s` }
  if (code !== 0 || !counts || counts.fail > 0) return { ...verdict, outcome: 'failed' }
  return counts.pass === 0 ? { ...verdict, outcome: 'skipped', reason: 'none of its tests could run here' } : { ...verdict, outcome: 'passed' }
}
