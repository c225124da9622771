// Bytes and nanoseconds inside; every other unit exists only at the edges, and only through this file.

export const KiB: number = 1024
export const MiB: number = 1024 * KiB
export const GiB: number = 1024 * MiB

/** A point or span of monotonic time in nanoseconds, as a double: exact to 2^53 ns, which is 104 days. */
export type Nanoseconds = number

export const nanosecondsPerSecond: number = 1e9
export const nanosecondsPerMillisecond: number = 1e6

/**
 * process.hrtime() in one number: monotonic, one zero for all threads. The bigint form costs an allocation more.
 * For util only: everything else is given a Clock.
 */
export function hrtime(): Nanoseconds {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * nanosecondsPerSecond + nanoseconds
}

export function toSeconds(time: Nanoseconds): number {
  return time / nanosecondsPerSecond
}

export function fromSeconds(seconds: number): Nanoseconds {
  return Math.round(seconds * nanosecondsPerSecond)
}

const sizeUnits: Readonly<Record<string, number>> = {
  '': 1, b: 1,
  k: KiB, ki: KiB, kib: KiB, kb: 1e3,
  m: MiB, mi: MiB, mib: MiB, mb: 1e6,
  g: GiB, gi: GiB, gib: GiB, gb: 1e9,
  t: 1024 * GiB, ti: 1024 * GiB, tib: 1024 * GiB, tb: 1e12,
}

/** Bytes of a text like "8MiB", "64k", "1.5 GB" or "4096". Undefined when the text is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  const unit = match?.[2]!.toLowerCase()
  if (!match || unit === undefined || !Object.hasOwn(sizeUnits, unit)) return undefined
  return Math.round(Number(match[1]) * sizeUnits[unit]!)
}

/** Bytes for people, in units of 1024: "12.3 MiB". */
export function formatBytes(bytes: number): string {
  for (const [name, unit] of [['TiB', 1024 * GiB], ['GiB', GiB], ['MiB', MiB], ['KiB', KiB]] as const) {
    if (Math.abs(bytes) >= unit) return `${significant(bytes / unit)} ${name}`
  }
  return `${Math.round(bytes)} B`
}

/** A span for people, in the unit that suits it: "4.12 ms", "1m 05s". Seconds in. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 60) {
    const whole = Math.round(seconds)
    return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`
  }
  if (seconds >= 1) return `${significant(seconds)} s`
  if (seconds >= 1e-3) return `${significant(seconds * 1e3)} ms`
  return `${significant(seconds * 1e6)} µs`
}

/** Three significant figures, without an exponent. */
export function significant(value: number): string {
  if (value === 0) return '0'
  // Counted on the rounded value: 0.9996 is shown as 1.00, not as 1.000.
  const digits = 2 - Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))))
  return value.toFixed(Math.min(Math.max(0, digits), 6))
}
