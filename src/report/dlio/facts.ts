// What DLIO's files say beyond what was measured: plain values of the workload and of the host, given by the caller.

/** The workload as DLIO's log lines and summary.json mention it. */
export interface DlioFacts {
  /** `workflow.*`. */
  readonly generateData: boolean
  readonly train: boolean
  readonly evaluation: boolean
  readonly checkpoint: boolean
  /** `dataset.num_files_train`, `num_files_eval`, `num_samples_per_file`. */
  readonly numFilesTrain: number
  readonly numFilesEval: number
  readonly numSamplesPerFile: number
  /** `dataset.record_length_bytes`, or the sum of columns: nominal bytes of a sample. */
  readonly recordLengthBytes: number
  /** `train.total_training_steps`; −1 or 0 when there is no cap. */
  readonly totalTrainingSteps: number
  readonly epochs: number
  /** `train.computation_time` as Python prints the map DLIO makes of it: "{'mean': 0.323}", "{}". */
  readonly computationTime: string
  /** `metric.au` as a fraction. */
  readonly au: number
  /** `output.folder`, as log lines show it. */
  readonly outputFolder: string
  /** 'warning' is DLIO's default; 'info' adds two lines for each step and rank. */
  readonly logLevel: 'info' | 'warning'
  /** One host, or all of them in MPI order; never empty. Ranks are spread over them evenly. */
  readonly hosts: readonly HostFacts[]
}

export interface HostFacts {
  readonly hostname: string
  /** Logical CPUs. */
  readonly cpuCount: number
  /** Python's platform.processor(): "x86_64", or "" where it is not known. */
  readonly processorName: string
  readonly memoryBytes: number
  /** Lines of /proc/cpuinfo and /proc/meminfo split at the first colon and trimmed, the last value of a key wins, without "processor". Empty elsewhere. */
  readonly cpuinfo: Readonly<Record<string, string>>
  readonly meminfo: Readonly<Record<string, string>>
}
