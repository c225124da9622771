// What a child tells, one JSON line each.

/** Before each input; `seed` -1: no input. The counts are of the inputs before. */
export interface Progress {
  readonly seed: number
  readonly file: string
  readonly decoded: number
  readonly refused: number
  /** Bytes. */
  readonly worst: number
}

/** An input that neither decoded nor was refused, or took too much. */
export interface Finding {
  readonly found: string
  readonly seed: number
  readonly file: string
}
