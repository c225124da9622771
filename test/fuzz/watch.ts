// A format's inputs, in a child that is watched: one that hangs is ended and what it hung on is told, and the rest goes on.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import type { Finding, Progress } from './progress.ts'

export interface Watched {
  /** The child's module, and its first argument. */
  readonly module: string
  readonly format: string
  readonly seed: number
  readonly inputs: number
  readonly seconds: number
  /** A child that tells nothing for so long hangs. Milliseconds. */
  readonly patience: number
  readonly onFinding: (finding: Finding) => void
}

export interface Tally {
  readonly inputs: number
  readonly decoded: number
  readonly refused: number
  readonly worst: number
  readonly findings: number
  readonly seconds: number
}

/** After so many findings a format is given up: they are one mistake most often. */
const maxFindings = 20

interface Ending { readonly last: Progress; readonly findings: readonly Finding[] }

export async function watch(given: Watched): Promise<Tally> {
  const started = performance.now()
  const elapsed = (): number => (performance.now() - started) / 1000
  let seed = given.seed
  let [decoded, refused, worst, findings] = [0, 0, 0, 0]
  for (;;) {
    const { last, findings: found } = await watchChild({ ...given, seed, inputs: given.seed + given.inputs - seed, seconds: given.seconds - elapsed() })
    decoded += last.decoded
    refused += last.refused
    worst = Math.max(worst, last.worst)
    findings += found.length
    // Only a child that was ended has not come to its end, where it tells of no seed.
    const isWhole = last.seed < 0
    seed = last.seed + 1
    if (isWhole || seed >= given.seed + given.inputs || elapsed() >= given.seconds || findings >= maxFindings) break
  }
  return { inputs: decoded + refused + findings, decoded, refused, worst, findings, seconds: elapsed() }
}

async function watchChild({ module, format, seed, inputs, seconds, patience, onFinding }: Watched): Promise<Ending> {
  const child = spawn(process.execPath, ['--expose-gc', module, format, String(seed), String(inputs), String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last: Progress = { seed: -1, file: 'nothing yet', decoded: 0, refused: 0, worst: 0 }
  const findings: Finding[] = []
  const find = (finding: Finding): void => {
    findings.push(finding)
    onFinding(finding)
    if (findings.length >= maxFindings) child.kill('SIGKILL')
  }
  let hangs = false
  const bark = (): void => {
    hangs = true
    child.kill('SIGKILL')
  }
  let dog = setTimeout(bark, patience)
  const ended = new Promise<string>((resolve, reject) => {
    child.on('close', (code, signal) => { resolve(signal ?? `code ${code}`) })
    child.on('error', reject)
  })
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(dog)
      dog = setTimeout(bark, patience)
      const told = JSON.parse(line) as Progress | Finding
      if ('found' in told) find(told)
      else last = told
    }
    const how = await ended
    if (hangs) find({ found: `hangs: no progress for ${patience / 1000} s`, seed: last.seed, file: last.file })
    else if (how !== 'code 0' && findings.length < maxFindings) find({ found: `ends the process with ${how}`, seed: last.seed, file: last.file })
    return { last, findings }
  } finally {
    clearTimeout(dog)
  }
}
