// reader.reader_classname: the file of a format of one's own.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PluginUrl } from '../format/plugin.ts'
import { Fault } from '../util/fault.ts'

/** Beside the workload file, else in the current directory. @throws {Fault} 'usage' when it is in neither. */
export function pluginUrl(name: string, workloadFile: string | undefined): PluginUrl {
  const folders = [...(workloadFile === undefined ? [] : [path.dirname(workloadFile)]), '.']
  const files = [...new Set(folders.map((folder) => path.resolve(folder, name)))]
  const file = files.find((each) => existsSync(each))
  if (file !== undefined) return pathToFileURL(file).href as PluginUrl
  throw new Fault('usage', `there is no file ${files.join(' or ')}`, { info: { key: 'reader.reader_classname' }, hint: 'a path is taken from the workload file, then from the current directory' })
}
