// Every key of a workload file in one table, in the order of the file's sections; and the keys that look like keys and are none.

import { checkpointKeys, ksmKeys, modelKeys } from './keys-model.ts'
import { evaluationKeys, metricKeys, outputKeys, profilingKeys, trainKeys, workflowKeys } from './keys-run.ts'
import { datasetKeys, readerKeys } from './keys-data.ts'
import { storageKeys } from './keys-storage.ts'
import { dlioName, oneOf, type Key, type KeyOrigin, type KeyStatus } from './keys.ts'
import { frameworks } from './schema.ts'

export interface Entry extends Omit<Key, 'status' | 'origin'> {
  /** DLIO's dotted path: "dataset.num_files_train". */
  readonly path: string
  /** The same path in a Workload: ["dataset", "numFilesTrain"]. */
  readonly property: readonly string[]
  readonly origin: KeyOrigin
  readonly status: KeyStatus
}

interface Table { readonly [property: string]: Key | Table }

const root: Table = {
  framework: oneOf(frameworks, 'tensorflow', 'Framework that is imitated. Decides only the default data loader.'),
  workflow: { ...workflowKeys },
  model: { ...modelKeys },
  storage: { ...storageKeys },
  dataset: { ...datasetKeys },
  reader: { ...readerKeys },
  train: { ...trainKeys },
  evaluation: { ...evaluationKeys },
  metric: { ...metricKeys },
  output: { ...outputKeys },
  profiling: { ...profilingKeys },
  checkpoint: { ...checkpointKeys, ksm: { ...ksmKeys } },
}

function isKey(row: Key | Table): row is Key {
  return typeof row['kind'] === 'string'
}

function* flatten(table: Table, above: readonly string[]): Generator<Entry> {
  for (const [name, row] of Object.entries(table)) {
    const property = [...above, name]
    if (!isKey(row)) yield* flatten(row, property)
    else yield { origin: 'DLIO', status: 'used', ...row, property, path: property.map(dlioName).join('.') }
  }
}

export const entries: readonly Entry[] = [...flatten(root, [])]

export const entryAt: ReadonlyMap<string, Entry> = new Map(entries.map((entry) => [entry.path, entry]))

/** Paths of maps: "dataset", "dataset.hdf5", …; the sections among them have no dot. */
export const mapPaths: ReadonlySet<string> = new Set(entries.flatMap(({ path }) => {
  const words = path.split('.')
  return words.slice(1).map((_, i) => words.slice(0, i + 1).join('.'))
}))

export const sections: readonly string[] = Object.keys(root).map(dlioName)

/** The distribution that a sibling `*_stdev` belongs to. */
export function stdevOwner(path: string): Entry | undefined {
  const owner = path.endsWith('_stdev') ? entryAt.get(path.slice(0, -'_stdev'.length)) : undefined
  return owner?.kind === 'time' ? owner : undefined
}

/** Whether a dotted path is one that a file may have: a value, a map, the sibling of a time or a part of it, or another spelling. */
export function isKnownKey(path: string): boolean {
  if (path.startsWith('data_reader.')) return isKnownKey(path.slice('data_'.length))
  if (entryAt.has(path) || mapPaths.has(path) || stdevOwner(path) !== undefined) return true
  return path === 'data_reader' || path === 'storage.s3_force_path_style' || entryAt.get(path.slice(0, path.lastIndexOf('.')))?.kind === 'time'
}

/** Keys that are seen in workload files and that no current DLIO reads, with what to write instead. A path covers what is below it. */
export const ignoredKeys: Readonly<Record<string, string>> = {
  'dataset.record_length': 'use dataset.record_length_bytes',
  'dataset.record_length_stdev': 'use dataset.record_length_bytes_stdev',
  'dataset.record_length_resize': 'use dataset.record_length_bytes_resize',
  'dataset.num_dset_per_record': 'use dataset.hdf5.num_dset_per_record',
  'dataset.chunk_dims': 'use dataset.hdf5.chunk_dims',
  'dataset.max_shape': 'use dataset.hdf5.max_shape',
  'dataset.num_files_generated': 'remove it; dataset.num_files_train and num_files_eval count the files',
  'dataset.total_disk_bytes': 'remove it; sizes follow from the other keys',
  'dataset.parquet.read_mode': 'use storage.storage_options.read_mode',
  'model.model_size': 'use model.model_size_bytes',
  'workflow.debug': 'remove it',
  'workflow.evaluate': 'use workflow.evaluation',
  'checkpoint.model_size': 'use model.model_size_bytes',
  'checkpoint.optimization_groups': 'use model.optimization_groups',
  'checkpoint.layer_parameters': 'use model.layer_parameters',
  'checkpoint.num_layers': 'use model.num_layers',
  'reader.checkpoint_mechanism_classname': 'remove it; it belongs to checkpoint and names a Python class',
  'reader.shuffle': 'use reader.file_shuffle and reader.sample_shuffle',
  'storage.endpoint_uris': 'use storage.storage_options.endpoint_url',
  'storage.load_balance_strategy': 'remove it',
  'storage.use_mpi_endpoint_distribution': 'remove it',
  data_loader: 'use reader.data_loader',
  collective: 'remove it',
  debug: 'remove it',
  generator: 'remove it',
  logging: 'remove it',
}
