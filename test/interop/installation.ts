// Brings a server onto this machine, once: later runs find it in the cache.

import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { onPath, run, type Invocation } from './program.ts'
import type { Recipe } from './recipes.ts'

/** The server's program, or why it is not to be had here. */
export type Installation = { readonly file: string; readonly seconds: number } | { readonly missing: string }

/** Beside the repository, because `npm ci` empties what is in it. */
function cacheFolder(): string {
  return process.env['DLIO_S3_INTEROP_CACHE'] || path.join(process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'dlio-s3-interop')
}

export async function install(recipe: Recipe, limitSeconds: number): Promise<Installation> {
  const folder = path.join(cacheFolder(), `${recipe.name}-${recipe.version}`)
  const file = path.join(folder, 'bin', recipe.program)
  // Written last: an installation that was interrupted is made again.
  const mark = path.join(folder, 'installed')
  if (existsSync(mark) && existsSync(file)) return { file, seconds: 0 }
  const steps = stepsOf(recipe, folder)
  if (typeof steps === 'string') return { missing: steps }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const begin = performance.now()
  const secondsSoFar = (): number => (performance.now() - begin) / 1000
  for (const step of steps) {
    const { code, output, isTimedOut } = await run({ ...step, cwd: folder, limitSeconds: Math.max(1, limitSeconds - secondsSoFar()) })
    if (isTimedOut) return { missing: `its installation took more than ${Math.round(limitSeconds)} s` }
    if (code !== 0) return { missing: `its installation failed: ${lastLine(output)}` }
  }
  await writeFile(mark, '')
  return { file, seconds: secondsSoFar() }
}

/** What to run, or why it cannot be. */
function stepsOf({ by, packageName, version }: Recipe, folder: string): Invocation[] | string {
  if (by === 'go') {
    const go = onPath('go')
    return go === undefined ? 'Go is not installed' : [{ file: go, args: ['install', `${packageName}@${version}`], env: { GOBIN: path.join(folder, 'bin') } }]
  }
  const python = onPath('python3', 'python')
  if (python === undefined) return 'Python is not installed'
  return [
    { file: python, args: ['-m', 'venv', folder] },
    { file: path.join(folder, 'bin', 'python'), args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${packageName}==${version}`] },
  ]
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? ''
}
