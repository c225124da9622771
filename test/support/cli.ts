// The real program as a child process.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { repoRoot } from './root.ts'

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Sees the child and everything it has said on stderr so far, after each piece. */
  readonly onStderr?: (child: ChildProcess, stderr: string) => void
  /** Is given the child as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => Promise<void>
}

/** Nothing of the machine's AWS settings reaches the child. */
function cleanEnvironment(extra: Record<string, string>): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(AWS_|S3_|DLIO_|NODE_TEST)/.test(entry[0]))
  return { ...Object.fromEntries(kept), AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...extra }
}

export async function dlio(args: readonly string[], { env = {}, cwd = repoRoot, onStderr, onStart }: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [path.join(repoRoot, 'bin', 'dlio-s3.js'), ...args], { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onStderr?.(child, stderr)
  })
  const closed = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => { resolve({ code, stdout, stderr }) })
  })
  const [result] = await Promise.all([closed, onStart?.(child)])
  // Node's own warnings (leaks, deprecations) have no place on a user's screen.
  if (/\(node:\d+\)/.test(result.stderr)) throw new Error(`Node warns: ${result.stderr}`)
  return result
}

/** A folder that is gone after the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What a run with --json printed. */
export interface ResultDocument {
  readonly schema: string
  readonly status: string
  readonly summary: Record<string, number | string>
  readonly epochs: readonly unknown[]
  readonly failure?: { readonly code: string; readonly message: string }
}

export function resultOf({ stdout }: CliResult): ResultDocument {
  return JSON.parse(stdout) as ResultDocument
}
