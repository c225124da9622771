// PORT: what is measured. Knows contenders, samples and rows; knows nothing of servers, tools or tables.

/** Keys of a sample that a row can be about. */
export type Measure =
  | 'bytesPerCpuSecond' | 'bytesPerSecond' | 'requestsPerSecond' | 'keysPerCpuSecond'
  | 'errorPercent' | 'cpuPercent' | 'auPercent' | 'excessBytes' | 'peakRssBytes' | 'milliseconds'

/** One contender in one round: measures, and the raw counts they come from, units in their names. */
export type Sample = Readonly<Record<string, number>>

/** What is measured in one stretch, by the process whose CPU counts. */
export interface Counts {
  readonly requests: number
  readonly bytes: number
  readonly wallSeconds: number
  /** User and system, of the client process alone. */
  readonly cpuSeconds: number
}

export function ratesOf(counts: Counts): Sample {
  const { requests, bytes, wallSeconds, cpuSeconds } = counts
  return { ...counts, requestsPerSecond: requests / wallSeconds, bytesPerSecond: bytes / wallSeconds, bytesPerCpuSecond: bytes / cpuSeconds }
}

export type ToolName = 'nginx' | 'wrk' | 'iperf3' | 'boto3'

export interface Contender {
  /** Without it the contender, and every row about it, is skipped. */
  readonly needs?: ToolName
  sample(): Promise<Sample>
}

export type Target = { readonly least: number } | { readonly most: number }

export interface Row {
  /** Picked by `--only`. */
  readonly name: string
  readonly measure: Measure
  /** A contender's name. */
  readonly ours: string
  /** Another one's: the row is then a ratio. Without it the row is about our own figure. */
  readonly against?: string
  /** Instead of another contender a figure that was measured on another machine, in what `measure` is in. */
  readonly fixed?: number
  /** Of the ratio, or of our own figure. Without one the row is for scale. */
  readonly target?: Target
}

export interface Case {
  readonly name: string
  readonly rows: readonly Row[]
  /** Rounds that it takes part in, where a sample is long and steady. Absent: all. */
  readonly mostRounds?: number
  /** About how long a sample is, where `--seconds` does not say it. */
  readonly sampleSeconds?: number
  /** About how long it takes to open, on an idle machine. Absent: next to nothing. */
  readonly openSeconds?: number
  /** Makes what the contenders need. They are asked in turns, in every round. */
  open(): Promise<OpenCase>
}

export interface OpenCase {
  readonly contenders: Readonly<Record<string, Contender>>
  close?(): Promise<void>
}
