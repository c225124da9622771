// What a workload is once it is read: DLIO's words in camelCase, nested as in DLIO's file, typed, with every default filled in.
// The tables in keys-*.ts describe each key once more for people and for the parser; the compiler holds them against these types.
// Optional properties are absent when nothing was said, never null. Bytes and seconds; times are TimeDistributions.

import type { TimeDistribution } from './distribution.ts'
import type { Checkpoint } from './schema-checkpoint.ts'

export const frameworks = ['tensorflow', 'pytorch'] as const
export const formatNames = ['tfrecord', 'hdf5', 'csv', 'npz', 'npy', 'hdf5_opt', 'jpeg', 'png', 'indexed_binary', 'mmap_indexed_binary', 'synthetic', 'parquet'] as const
export const dataLoaders = ['tensorflow', 'pytorch', 'dali', 'native_dali', 'synthetic', 'custom', 'none'] as const
export const samplers = ['iterative', 'index', 'none'] as const
export const shuffles = ['off', 'seed', 'random'] as const
export const readTypes = ['on_demand', 'memory'] as const
export const fileAccesses = ['multi', 'shared', 'collective', 'mpio', 'posix'] as const
export const compressions = ['none', 'gzip', 'lzf', 'bz2', 'zip', 'xz'] as const
export const storageTypes = ['local_fs', 'parallel_fs', 's3', 'aistore', 'direct_fs'] as const
export const uriSchemes = ['s3', 'az', 'gs', 'file', 'direct'] as const
export const uploadChecksums = ['none', 'crc32', 'crc32c', 'crc64nvme', 'sha256'] as const
export const payloadSignings = ['auto', 'always', 'never'] as const
export const retryModes = ['standard', 'adaptive'] as const
export const readModes = ['auto', 'object', 'range'] as const
export const profilers = ['none', 'iostat', 'darshan', 'tensorboard'] as const
export const processContexts = ['fork', 'spawn', 'forkserver'] as const
export const modelDatatypes = ['int8', 'uint8', 'fp16', 'bf16', 'fp32', 'fp64'] as const
/** NumPy's names of the element types that can be stored. */
export const elementTypes = ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'] as const

export type Framework = typeof frameworks[number]
export type WorkloadFormat = typeof formatNames[number]
export type Shuffle = typeof shuffles[number]
export type Compression = typeof compressions[number]
export type StorageType = typeof storageTypes[number]
export type ReadMode = typeof readModes[number]
export type ElementType = typeof elementTypes[number]

export interface Workload {
  readonly framework: Framework
  readonly workflow: Workflow
  readonly model: Model
  readonly storage: Storage
  readonly dataset: Dataset
  readonly reader: Reader
  readonly train: Train
  readonly evaluation: Evaluation
  readonly metric: Metric
  readonly output: Output
  readonly profiling: Profiling
  readonly checkpoint: Checkpoint
}

export interface Workflow {
  readonly generateData: boolean
  readonly train: boolean
  readonly evaluation: boolean
  readonly checkpoint: boolean
  readonly profiling: boolean
  readonly query?: string
}

export interface Model {
  readonly name: string
  readonly type?: string
  /** Bytes. */
  readonly modelSizeBytes: number
  readonly modelDatatype: typeof modelDatatypes[number]
  readonly optimizerDatatype: typeof modelDatatypes[number]
  readonly optimizationGroups: readonly number[]
  /** −1 when unset. */
  readonly numLayers: number
  readonly layerParameters: readonly number[]
  readonly parallelism: { readonly tensor: number; readonly pipeline: number; readonly data: number; readonly zeroStage: number }
  readonly transformer: {
    readonly vocabSize: number; readonly hiddenSize: number; readonly ffnHiddenSize: number
    readonly numAttentionHeads: number; readonly numKvHeads: number
  }
}

export interface Storage {
  readonly storageType: StorageType
  readonly storageRoot: string
  readonly storageOptions: StorageOptions
  readonly storageLibrary?: string
  readonly postGenerationSettleSeconds: number
}

export interface StorageOptions {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  /** Of one store. Always with a scheme; `secure` chooses it when the file gives none. */
  readonly endpointUrl?: readonly string[]
  readonly region?: string
  /** Absent: the store decides. */
  readonly s3ForcePathStyle?: boolean
  readonly s3MaxAttempts: number
  readonly retryMode: typeof retryModes[number]
  /** Of one attempt. Absent or 0: no limit. */
  readonly requestTimeout?: number
  readonly s3Profile?: string
  readonly secure: boolean
  readonly uriScheme: typeof uriSchemes[number]
  /** Objects of one batch read at the same time. Absent: 1. */
  readonly prefetchWindow?: number
  readonly readMode: ReadMode
  /** A file on this machine: what the listing found. */
  readonly indexFile?: string
  /** Bytes: larger objects are uploaded in parts of this size, and may be read in ranges of it. */
  readonly partSize: number
  /** Ranges of one object read at the same time, parts of one upload under way. Absent: chosen for the run; 4. */
  readonly partsInFlight?: number
  /** Bytes: objects up to here are written by one PUT, if that is more than partSize. */
  readonly multipartThreshold?: number
  /** Every object is written by one PUT. */
  readonly singlePut: boolean
  readonly checksum: typeof uploadChecksums[number]
  readonly payloadSigning: typeof payloadSignings[number]
  readonly requesterPays: boolean
  readonly serverSideEncryption?: string
  readonly kmsKeyId?: string
  /** 32 bytes in base64. */
  readonly sseCustomerKey?: string
  readonly storageClass?: string
  /** "x-amz-…: value". */
  readonly requestHeaders?: readonly string[]
  readonly storageLibrary?: string
  readonly useFullObjectUri: boolean
  readonly staggerWorkers: boolean
  readonly prefetchWorkers?: number
  readonly columns?: readonly string[]
  readonly decode: string
  readonly decodeOutput: string
  readonly coalesceRgs: number
  readonly footerCap: number
  readonly footerBatchSize: number
  readonly maxOutstanding?: number
  readonly simulateIo: boolean
  readonly simLogSecs: number
}

export interface ParquetColumn { readonly name: string; readonly dtype: string; readonly size: number }

export interface Dataset {
  readonly format: WorkloadFormat
  readonly dataFolder: string
  readonly numFilesTrain: number
  readonly numFilesEval: number
  readonly numSamplesPerFile: number
  /** May be fractional, as in the file. Never overwritten by anything derived. */
  readonly recordLengthBytes: number
  readonly recordLengthBytesStdev: number
  readonly recordLengthBytesResize: number
  /** [] when the record length decides the shape. */
  readonly recordDims: readonly number[]
  readonly recordElementType: ElementType
  readonly recordElementBytes: number
  /** 0 and 1 are both flat. */
  readonly numSubfoldersTrain: number
  readonly numSubfoldersEval: number
  readonly filePrefix: string
  readonly compression: Compression
  readonly compressionLevel: number
  readonly enableChunking: boolean
  readonly chunkSize: number
  readonly keepFiles: boolean
  readonly generationBufferSize: number
  readonly dataGenMethod?: string
  readonly skipListing: boolean
  readonly listingValidationInterval: number
  readonly hdf5: { readonly numDsetPerRecord: number; readonly chunkDims: readonly number[]; readonly maxShape: readonly number[] }
  readonly parquet: {
    readonly columns: readonly ParquetColumn[]; readonly rowGroupSize: number; readonly partitionBy?: string
    readonly generationBatchSize: number; readonly useS3dlioGen: boolean
  }
}

export interface Reader {
  readonly dataLoader: typeof dataLoaders[number]
  /** Samples per step of one accelerator. */
  readonly batchSize: number
  readonly batchSizeEval: number
  /** Batches read at the same time for one accelerator; 0 reads one when it is asked for. */
  readonly readThreads: number
  readonly writeThreads: number
  readonly computationThreads: number
  /** Batches ahead of each accelerator, rounded up to a multiple of read_threads. */
  readonly prefetchSize: number
  readonly fileShuffle: Shuffle
  readonly sampleShuffle: Shuffle
  readonly shuffleSize: number
  readonly readType: typeof readTypes[number]
  readonly fileAccess: typeof fileAccesses[number]
  readonly transferSize?: number
  /** Per sample. */
  readonly preprocessTime: TimeDistribution
  readonly dontUseMmap: boolean
  readonly odirect: boolean
  readonly pinMemory: boolean
  readonly multiprocessingContext?: typeof processContexts[number]
  readonly dataLoaderClassname?: string
  readonly dataLoaderSampler?: typeof samplers[number]
  readonly readerClassname?: string
  readonly transformedRecordDims: readonly number[]
  readonly transformedRecordElementType: ElementType
}

export interface Train {
  readonly epochs: number
  /** Per step. */
  readonly computationTime: TimeDistribution
  /** Per epoch; −1: as many as the data gives. */
  readonly totalTrainingSteps: number
  readonly seed: number
  readonly seedChangeEpoch: boolean
}

export interface Evaluation {
  /** Per step. */
  readonly evalTime: TimeDistribution
  readonly evalAfterEpoch: number
  readonly epochsBetweenEvals: number
}

/** `au` is a fraction of 1. */
export interface Metric { readonly au: number }

export interface Output {
  /** Absent: the run directory. */
  readonly folder?: string
  readonly logFile: string
  readonly metric: { readonly excludeStartSteps: number; readonly excludeEndSteps: number }
}

export interface Profiling { readonly profiler: typeof profilers[number]; readonly iostatDevices: readonly string[] }
