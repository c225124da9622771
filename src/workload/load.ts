// Loading a workload: find, compose, read, check. Everything above this folder starts here.

import path from 'node:path'
import { Composition } from './compose.ts'
import { diskFiles, findWorkload, packageFolder, readLayer, readPath, type Files, type FoundFile } from './files.ts'
import type { Notice } from './notices.ts'
import { maskText } from './mask.ts'
import { parseOverrides, type Override } from './overrides.ts'
import { parseWorkload, type Parsed } from './parse.ts'
import { throwIfAny, usageFault, type Origin, type Problem } from './problems.ts'
import type { Workload } from './schema.ts'
import { entries } from './table.ts'
import { isMap, type Tree } from './tree.ts'
import { validate } from './validate.ts'
import { parseYaml } from './yaml.ts'

export type WorkloadSource = { readonly name: string } | { readonly file: string } | { readonly text: string; readonly file?: string }

export interface LoadOptions {
  /** Without it, the workload that an override `workload=NAME` chooses, else the built-in `default`. */
  readonly source?: WorkloadSource | undefined
  /** Searched for NAME before the built-in workloads. */
  readonly configDirs?: readonly string[] | undefined
  readonly overrides?: readonly string[] | undefined
  /** YAML files (or names of the package's configs) laid under the workload: the workload's own values win. */
  readonly layers?: readonly string[] | undefined
  /** Unknown and ignored keys are errors. */
  readonly strict?: boolean | undefined
  /** The folder of built-in workloads. */
  readonly builtIn?: string | undefined
  readonly files?: Files | undefined
  /** For ${oc.env:…}. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** For ${now:…}. */
  readonly wallMilliseconds?: number | undefined
}

export interface LoadedWorkload {
  readonly workload: Workload
  readonly name: string
  readonly file?: string
  /** Of every key, by DLIO's dotted path. */
  readonly origins: ReadonlyMap<string, Origin>
  readonly warnings: readonly Notice[]
  /** As typed, secrets masked. */
  readonly overrides: readonly string[]
  readonly hydra: { readonly runDir?: string; readonly outputSubdir?: string }
  /** What Hydra would have composed: the tree below `workload`, secrets included. */
  readonly composed: Tree
}

/** @throws {Fault} 'usage' that names every problem: a line each, with file, line and column, or the override. */
export async function loadWorkload(options: LoadOptions): Promise<LoadedWorkload> {
  const { files = diskFiles, layers = [], overrides: texts = [] } = options
  const { overrides, problems } = parseOverrides(texts)
  throwIfAny(problems)
  const composition = new Composition()
  for (const layer of layers) addTo(composition, await readLayer(files, layer))
  const source = await findSource(options, files, overrides)
  addTo(composition, source)
  throwIfAny(composition.problems)
  composition.apply(overrides)
  composition.resolve(options.env ?? {}, options.wallMilliseconds)
  const parsed = parseWorkload(composition.tree, {
    originOf: (key) => composition.originOf(key),
    valueOriginOf: (key) => composition.valueOriginOf(key),
    rawOf: (key) => composition.rawOf(key),
  })
  throwIfAny([...composition.problems, ...parsed.problems])
  const checked = validate(parsed.workload, (key) => parsed.originOf(key))
  throwIfAny(checked.problems)
  const warnings = [...composition.notices, ...parsed.notices, ...checked.notices].toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0)
  if (options.strict) throwIfAny(strictProblems(warnings, parsed))
  return {
    workload: parsed.workload,
    name: source.name,
    ...(source.named ? { file: source.file } : {}),
    origins: new Map(entries.map(({ path: key }) => [key, parsed.originOf(key)])),
    warnings,
    overrides: texts.map(maskText),
    hydra: composition.hydra,
    composed: composition.tree,
  }
}

function addTo(composition: Composition, { text, file }: FoundFile): void {
  composition.addFile(parseYaml(text, file), file)
}

interface NamedSource extends FoundFile { readonly name: string; readonly named: boolean }

async function findSource({ source, configDirs = [], builtIn }: LoadOptions, files: Files, overrides: readonly Override[]): Promise<NamedSource> {
  const chosen = overrides.findLast(({ root }) => root === 'name')
  if (chosen && source) {
    throw usageFault([{ message: 'the workload is chosen twice', hint: 'leave out workload=NAME or the workload before it', origin: { kind: 'override', text: chosen.text, index: chosen.index } }])
  }
  if (source && 'text' in source) return { name: source.file === undefined ? 'workload' : nameOf(source.file), text: source.text, file: source.file ?? 'workload', named: source.file !== undefined }
  const byName = async (name: string, folders: readonly string[]): Promise<NamedSource> => {
    const found = await findWorkload(files, name, folders, builtIn ?? packageFolder('workloads'))
    return { name: nameOf(found.file), named: true, ...found }
  }
  if (source && 'file' in source) {
    const found = await readPath(files, source.file)
    const chosenInRoot = rootChoice(parseYaml(found.text, found.file).value)
    if (chosenInRoot !== undefined) return await byName(chosenInRoot, [path.dirname(found.file), ...configDirs])
    return { name: nameOf(source.file), named: true, ...found }
  }
  return await byName(source?.name ?? (typeof chosen?.value === 'string' ? chosen.value : 'default'), configDirs)
}

/** The workload that Hydra's root configuration chooses in its `defaults`; `default` where it leaves it open. Undefined for other files. */
function rootChoice(root: Tree): string | undefined {
  if (!isMap(root) || Object.hasOwn(root, 'workload') || !Array.isArray(root['defaults'])) return undefined
  for (const entry of root['defaults']) {
    if (isMap(entry) && Object.hasOwn(entry, 'workload')) return typeof entry['workload'] === 'string' ? entry['workload'] : 'default'
  }
  return undefined
}

function nameOf(file: string): string {
  return path.basename(file).replace(/\.ya?ml$/, '')
}

function strictProblems(warnings: readonly Notice[], { originOf }: Parsed): Problem[] {
  return warnings.filter(({ kind }) => kind === 'unknown' || kind === 'ignored').map(({ key, message }) => ({ message, origin: originOf(key) }))
}
