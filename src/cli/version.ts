// The version of the package, from its package.json: the same file from src/ and from dist/src/.

import { readFileSync } from 'node:fs'

function readVersion(): string {
  for (const up of ['../../', '../../../']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')) as { name?: string; version?: string }
      if (manifest.name === 'dlio-s3' && manifest.version !== undefined) return manifest.version
    } catch {
      // The other place is tried; a package without its package.json cannot be installed.
    }
  }
  throw new Error('package.json of dlio-s3 is missing')
}

export const version: string = readVersion()
