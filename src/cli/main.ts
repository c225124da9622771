// argv in, exit code out: the outline of the program and its only catch-all.

import { errorText } from './error-text.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts'
import { hideSecrets } from './process-title.ts'
import { createProgram, usageErrorOf } from './program.ts'

/**
 * Runs one command line (without node and script). Sets process.exitCode and returns when everything is closed:
 * process.exit() would cut a piped stdout at 64 KiB.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that went away (`| head`, or `2>&1 | tee` on Ctrl-C) must not cost the run: what is left goes to the files.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error })
  }
  let code: ExitCode = exitCodes.ok
  try {
    await hideSecrets(argv)
    await createProgram((result) => { code = result }).parseAsync(dlioCommandLine(argv), { from: 'user' })
  } catch (error) {
    const usage = usageErrorOf(error)
    if (usage === undefined) process.stderr.write(errorText(error))
    code = usage ?? exitCodeOf(error)
    if (code !== exitCodes.ok && argv.includes('--json')) process.stdout.write((await import('./failure-document.ts')).failureDocument(argv, error))
  }
  process.exitCode = code
}

const launchers = ['mpirun', 'mpiexec', 'srun', 'jsrun']
const processCountFlags = ['-np', '-n', '--np', '--ntasks']

/**
 * A DLIO command line pasted behind `dlio-s3 run`: the launcher and `dlio_benchmark` are dropped, its process count
 * becomes --accelerators, and Hydra's `-cd` is spelled out, which no other parser would read as one word.
 */
export function dlioCommandLine(argv: readonly string[]): string[] {
  if (argv[0] !== 'run') return [...argv]
  const words = argv.map((word) => (word === '-cd' ? '--config-dir' : word.startsWith('-cd=') ? `--config-dir=${word.slice(4)}` : word))
  const program = words.findIndex((word) => /(^|\/)dlio_benchmark$/.test(word))
  if (program < 0) return words
  const before = words.slice(1, program)
  if (before.length > 0 && !launchers.some((launcher) => before[0]!.endsWith(launcher))) return words
  const flag = before.findIndex((word) => processCountFlags.includes(word))
  const joined = before.find((word) => processCountFlags.some((name) => word.startsWith(`${name}=`)))
  const count = flag >= 0 ? before[flag + 1] : joined?.split('=')[1]
  return ['run', ...(count === undefined ? [] : ['--accelerators', count]), ...words.slice(program + 1)]
}
