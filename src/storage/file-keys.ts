// Which file an object's key names. No key leaves the root.

import path from 'node:path'
import { quoted, storageFault, type Operation } from './faults.ts'

const temporary = '.dlio-s3-part-'
let numTemporary = 0

/** The path of the file that holds `key` below `root`. @throws {Fault} 'invalid' when no file can have that key. */
export function pathOf(root: string, key: string, operation: Operation): string {
  for (const segment of key.split('/')) {
    if (segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0') && !(path.sep === '\\' && /[\\:]/.test(segment)) && !isTemporary(segment)) continue
    throw storageFault('invalid', `${quoted(key)} cannot be the name of a file below ${root}`, { operation, key },
      { hint: 'in a directory, keys are relative paths without empty parts, "." and ".."' })
  }
  return path.join(root, ...key.split('/'))
}

/** A name beside `file` that listings do not show: what is written there becomes visible by renaming. */
export function temporaryPath(file: string): string {
  return path.join(path.dirname(file), `${temporary}${process.pid}-${Math.random().toString(36).slice(2, 8)}-${numTemporary++}`)
}

export function isTemporary(name: string): boolean {
  return name.startsWith(temporary)
}
