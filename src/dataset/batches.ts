// A rank's samples of one epoch in batches. Pure, and lazy: a batch exists when it is asked for.

import { sliceSamples, type RankSlice } from './sampler.ts'

export interface SampleBatch {
  /** From 1 in each epoch. */
  readonly step: number
  /** Global sample numbers in reading order. Shape [batchSize]. Possibly a view of the epoch's order: not to be transferred. */
  readonly samples: Uint32Array
}

/** Full batches only: a rest below `batchSize` is dropped. */
export function* batches(slice: RankSlice, batchSize: number): Generator<SampleBatch, void> {
  const steps = Math.floor(slice.length / batchSize)
  for (let i = 0; i < steps; i++) yield { step: i + 1, samples: sliceSamples(slice, i * batchSize, batchSize) }
}
