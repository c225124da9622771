// What a training run does, in plain numbers. The caller derives them from a workload; nothing here knows YAML.

import type { TimeDistribution } from '../workload/distribution.ts'

export interface TrainPlan {
  readonly accelerators: number
  readonly epochs: number
  /** Steps of one epoch for each accelerator; train.total_training_steps already applied. */
  readonly stepsPerEpoch: number
  readonly batchSize: number
  readonly computationTime: TimeDistribution
  readonly readThreads: number
  readonly prefetchSize: number
  readonly seed: number
  /** Absent: no evaluation. */
  readonly evaluation?: EvaluationPlan
}

export interface EvaluationPlan {
  readonly steps: number
  readonly batchSize: number
  readonly evalTime: TimeDistribution
  /** First epoch with an evaluation, and epochs from one to the next. */
  readonly afterEpoch: number
  readonly epochsBetween: number
}

/** Whether an evaluation follows epoch `epoch` (from 1). Source: DLIO's next_eval_epoch, which starts at eval_after_epoch. */
export function evaluatesAfter(plan: EvaluationPlan, epoch: number): boolean {
  if (epoch < plan.afterEpoch) return false
  const every = Math.max(1, plan.epochsBetween)
  return (epoch - plan.afterEpoch) % every === 0
}
