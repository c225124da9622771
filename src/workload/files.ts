// Where workload files are found: directories of the user, the package's own folder, a path. The only file that reads the disk.

import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../util/fault.ts'
import { nearest } from './suggest.ts'

export interface Files {
  /** Undefined when there is no such file. */
  read(file: string): Promise<string | undefined>
  /** Names in a directory; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>
}

export interface FoundFile { readonly text: string; readonly file: string }

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

export const diskFiles: Files = {
  async read(file) {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== undefined && absent.has(code)) return undefined
      throw new Fault('usage', `cannot read ${file}: ${code ?? String(error)}`, { info: { file }, cause: error })
    }
  },
  async list(directory) {
    try {
      return await readdir(directory)
    } catch {
      return []
    }
  },
}

/** The package's folder `name`: beside src/ as well as beside dist/. */
export function packageFolder(name: 'workloads' | 'configs'): string {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  while (!existsSync(path.join(folder, 'workloads', 'default.yaml')) && path.dirname(folder) !== folder) folder = path.dirname(folder)
  return path.join(folder, name)
}

async function firstOf(files: Files, candidates: readonly string[]): Promise<FoundFile | undefined> {
  for (const file of candidates) {
    const text = await files.read(file)
    if (text !== undefined) return { text, file }
  }
  return undefined
}

/** The file of a path. @throws {Fault} 'usage' when there is none. */
export async function readPath(files: Files, file: string): Promise<FoundFile> {
  const found = await firstOf(files, [file])
  if (found) return found
  const beside = (await files.list(path.dirname(file))).filter((name) => /\.ya?ml$/.test(name))
  const [suggestion] = nearest(path.basename(file), beside)
  throw new Fault('usage', `there is no file ${file}`, {
    info: { file },
    hint: suggestion === undefined ? 'dlio-s3 workloads list shows the built-in ones' : `did you mean ${path.join(path.dirname(file), suggestion)}?`,
  })
}

/** Settings to lay under a workload: a path, or the name of one of the package's configs. */
export async function readLayer(files: Files, layer: string): Promise<FoundFile> {
  return await firstOf(files, [layer, path.join(packageFolder('configs'), `${layer}.yaml`)]) ?? readPath(files, layer)
}

/**
 * The workload called `name`: DIR/workload/NAME.yaml and DIR/NAME.yaml for each of `configDirs`, then the built-in ones,
 * then `name` as a path. @throws {Fault} 'usage' when there is none; the hint names what there is.
 */
export async function findWorkload(files: Files, name: string, configDirs: readonly string[], builtIn: string): Promise<FoundFile> {
  const directories = [...configDirs.flatMap((directory) => [path.join(directory, 'workload'), directory]), builtIn]
  const found = await firstOf(files, [...directories.map((directory) => path.join(directory, `${name}.yaml`)), name])
  if (found) return found
  const names = new Set<string>()
  for (const directory of directories) for (const file of await files.list(directory)) if (file.endsWith('.yaml')) names.add(file.slice(0, -'.yaml'.length))
  const near = nearest(name, names).slice(0, 3)
  const all = `there are ${[...names].toSorted().join(', ')}`
  throw new Fault('usage', `there is no workload ${name}`, {
    info: { key: 'workload' },
    hint: near.length === 0 ? all : `did you mean ${near.join(' or ')}? ${all}`,
  })
}

export interface ListedWorkload { readonly name: string; readonly description: string; readonly file: string }

/** The workloads of a directory (the built-in ones unless another is named), by name; the description is the first comment line. */
export async function listWorkloads(directory: string = packageFolder('workloads'), files: Files = diskFiles): Promise<ListedWorkload[]> {
  const names = (await files.list(directory)).filter((name) => name.endsWith('.yaml')).toSorted()
  return Promise.all(names.map(async (name) => {
    const file = path.join(directory, name)
    const text = await files.read(file) ?? ''
    return { name: name.slice(0, -'.yaml'.length), description: /^\s*#+\s*(.*)$/m.exec(text)?.[1]?.trim() ?? '', file }
  }))
}

/** The text of a workload, as `findWorkload` finds it. */
export async function workloadText(name: string, configDirs: readonly string[] = []): Promise<string> {
  return (await findWorkload(diskFiles, name, configDirs, packageFolder('workloads'))).text
}
