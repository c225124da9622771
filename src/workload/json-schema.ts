// The JSON Schema of a workload file, for editors: built from the same table as the parser.

import { entries, mapPaths, sections, type Entry } from './table.ts'
import { closedMap, described, draft7, orText, secondsType, sizeType, valueType, type ValueType } from './zod-schema.ts'

/** JSON Schema (draft-07) with descriptions and defaults. */
export function workloadJsonSchema(): object {
  const maps = new Map<string, Record<string, ValueType>>(['', ...mapPaths].map((path) => [path, {}]))
  const put = (path: string, type: ValueType): void => {
    const dot = path.lastIndexOf('.')
    maps.get(path.slice(0, Math.max(dot, 0)))![path.slice(dot + 1)] = type
  }
  for (const entry of entries) {
    put(entry.path, described(entry.unit === 'bytes' ? sizeType(entry) : valueType(entry), noteOf(entry), entry.kind === 'time' ? undefined : entry.fallback))
    if (entry.kind === 'time') put(`${entry.path}_stdev`, described(secondsType(), `Standard deviation of ${entry.path}. In seconds.`))
  }
  put('storage.s3_force_path_style', described(valueType({ kind: 'boolean' }), 'As storage.storage_options.s3_force_path_style.'))
  // Inner maps come after outer ones in the table and must be finished before them.
  for (const path of [...mapPaths].toReversed()) {
    const map = closedMap(maps.get(path)!)
    put(path, path === 'model' ? orText(map, 'model.name') : map)
  }
  const root = maps.get('')!
  const workload = closedMap({ ...Object.fromEntries(sections.map((name) => [name, root[name]!])), data_reader: root['reader']! })
  return { ...draft7(workload), title: 'DLIO workload, as dlio-s3 reads it' }
}

function noteOf({ doc, unit, status, why }: Entry): string {
  const measure = unit === undefined ? '' : ` In ${unit}.`
  const absent = status === 'unsupported' ? ` Not supported: ${why ?? ''}.` : status === 'inert' ? ` No effect: ${why ?? ''}.` : ''
  return `${doc}${measure}${absent}`
}
