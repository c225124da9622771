// The formats that `run` is measured with, each with what it must reach of plain reads. A new format is one more line.

export interface BenchFormat {
  /** dataset.format. */
  readonly format: string
  /** Bytes per second of `run` over those of `bench get` on the same objects. */
  readonly least: number
}

export const benchFormats: readonly BenchFormat[] = [
  { format: 'npz', least: 0.8 },
  { format: 'npy', least: 0.8 },
]
