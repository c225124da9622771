// What came of each server, and how it is told.

export interface Counts {
  readonly pass: number
  readonly fail: number
  readonly skipped: number
}

export interface Verdict {
  /** "minio direct", "moto", "clients". */
  readonly name: string
  readonly version: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped, or did not come to its end. */
  readonly reason?: string
  readonly counts?: Counts
  readonly seconds?: number
}

/** The closing lines of node's test runner. Undefined where it did not come to them. */
export function countsIn(output: string): Counts | undefined {
  const told = (what: string): number | undefined => {
    const last = [...output.matchAll(new RegExp(`^\\S+ ${what} (\\d+)$`, 'gm'))].at(-1)
    return last && Number(last[1])
  }
  const [pass, fail, cancelled, skipped] = ['pass', 'fail', 'cancelled', 'skipped'].map(told)
  return pass === undefined || fail === undefined || cancelled === undefined || skipped === undefined ? undefined : { pass, fail: fail + cancelled, skipped }
}

export function table(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, version, outcome, reason, counts, seconds }) => [
    name, version, outcome.toUpperCase(), counts ? `${counts.pass} passed, ${counts.fail} failed, ${counts.skipped} skipped` : '', seconds === undefined ? '' : `${Math.round(seconds)} s`, reason ?? '',
  ])
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), [])
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()}\n`).join('')
}

/** One line that says it all, in the form of a test runner's. */
export function total(verdicts: readonly Verdict[]): string {
  const sum = (of: keyof Counts): number => verdicts.reduce((all, { counts }) => all + (counts?.[of] ?? 0), 0)
  return `interop: ${sum('pass')} passed, ${sum('fail')} failed, ${sum('skipped')} skipped\n`
}

/** 1 when anything failed; where so many servers are `enough`, only when fewer passed with every transport. */
export function exitCode(verdicts: readonly Verdict[], enough: number = Infinity): number {
  const hasFailed = (some: readonly Verdict[]): boolean => some.some(({ outcome }) => outcome === 'failed')
  if (!hasFailed(verdicts)) return 0
  const servers = [...new Set(verdicts.map(serverOf))].map((server) => verdicts.filter((verdict) => serverOf(verdict) === server))
  return servers.filter((own) => own.every(({ outcome }) => outcome === 'passed')).length >= enough ? 0 : 1
}

/** "minio" of "minio direct". */
function serverOf({ name }: Verdict): string {
  return name.split(' ')[0]!
}
