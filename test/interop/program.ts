// Programs of others: found on the path, run to their end within a time, or kept running until they are stopped. Never one that we did not start.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

export interface Invocation {
  readonly file: string
  readonly args: readonly string[]
  /** Laid over this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Variables that it does not inherit. */
  readonly without?: RegExp
  readonly cwd?: string
  /** Of the whole program, children included: then it is killed. */
  readonly limitSeconds?: number
  /** Sees what it prints as it comes. */
  readonly onOutput?: (text: string) => void
}

export interface Ending {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly output: string
  readonly isTimedOut: boolean
}

/** The file of the first of `names` that is on the path. */
export function onPath(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** A program in a process group of its own, so that its children end with it. */
export function start({ file, args, env = {}, without, cwd, onOutput }: Invocation): { child: ChildProcess; ended: Promise<number | null>; output: () => string } {
  // Within a test node's runner would take itself for a part of that.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT' && !without?.test(name)))
  const child = spawn(file, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...(cwd === undefined ? {} : { cwd }) })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // The end says why it failed; a server may say a lot before that.
      output = `${output}${text}`.slice(-100_000)
      onOutput?.(text)
    })
  }
  running.add(child)
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => { output += String(error); resolve(127) })
    child.once('close', (code) => { resolve(code) })
  }).finally(() => { running.delete(child) })
  return { child, ended, output: () => output }
}

/** To its end, or to its limit. */
export async function run(invocation: Invocation): Promise<Ending> {
  const { child, ended, output } = start(invocation)
  let isTimedOut = false
  const timer = invocation.limitSeconds === undefined ? undefined : setTimeout(() => { isTimedOut = true; end(child, 'SIGKILL') }, invocation.limitSeconds * 1000)
  const code = await ended
  clearTimeout(timer)
  return { code, output: output(), isTimedOut }
}

/** Asks it to end, and makes it after five seconds. */
export async function stop({ child, ended }: { child: ChildProcess; ended: Promise<unknown> }): Promise<void> {
  end(child, 'SIGTERM')
  const timer = setTimeout(() => { end(child, 'SIGKILL') }, 5000)
  await ended
  clearTimeout(timer)
}

/** What still runs of what was started here, when this process has to go. */
export function killAll(): void {
  for (const child of running) end(child, 'SIGKILL')
}

/** The first line that `file` says of its version. */
export function versionOf(file: string, args: readonly string[] = ['--version']): string {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 30_000 })
  return `${stdout}\n${stderr}`.split('\n').map((line) => line.trim()).find((line) => line !== '') ?? ''
}

const running = new Set<ChildProcess>()

function end({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}
