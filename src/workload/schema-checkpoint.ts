// What a workload says of checkpoints, as schema.ts has it.

export const checkpointTypes = ['rank_zero', 'all_ranks'] as const
export const checkpointModes = ['default', 'subset'] as const

export interface Checkpoint {
  readonly checkpointFolder: string
  readonly checkpointAfterEpoch: number
  readonly epochsBetweenCheckpoints: number
  readonly stepsBetweenCheckpoints: number
  readonly type: typeof checkpointTypes[number]
  readonly mode: typeof checkpointModes[number]
  readonly checkpointMechanismClassname?: string
  readonly fsync: boolean
  readonly recoveryRankShift: boolean
  readonly rankSync: boolean
  readonly timeBetweenCheckpoints: number
  readonly numCheckpointsWrite: number
  readonly numCheckpointsRead: number
  readonly randomizeTensor: boolean
  /** Present when the map is in the file, even an empty one. */
  readonly ksm?: { readonly madvMergeableId: number; readonly highRamTrigger: number; readonly lowRamExit: number; readonly awaitTime: number }
}
