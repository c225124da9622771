// PORT: the processes that run one job together. Knows ranks of processes, not accelerators, and moves no data sets.

export interface Communicator {
  readonly rank: number
  readonly size: number
  /** Resolves once every process is here. */
  barrier(signal: AbortSignal): Promise<void>
}
