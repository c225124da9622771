// The folder that objects are kept below. It carries our mark, so that nothing is ever deleted in a folder of somebody else.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Fault } from '../util/fault.ts'

const mark = 'dlio-s3-objects.json'

/** The absolute path. Made when it is not there. @throws {Fault} 'usage' when it cannot be written to, or is neither empty nor ours */
export function openStorageFolder(directory: string): string {
  const folder = path.resolve(directory)
  const markFile = path.join(folder, mark)
  let foreign: boolean
  try {
    mkdirSync(folder, { recursive: true })
    foreign = !existsSync(markFile) && readdirSync(folder).length > 0
    if (!foreign) writeFileSync(markFile, `${JSON.stringify({ layout: 1 })}\n`)
  } catch (cause) {
    throw new Fault('usage', `The folder ${folder} cannot be written to.`, { info: { file: folder }, hint: 'Name a folder that this user may write to.', cause })
  }
  if (foreign) throw new Fault('usage', `The folder ${folder} holds files that are not of this server.`, { info: { file: folder }, hint: 'Name an empty folder, or one that this server made.' })
  return folder
}
