// `inspect`: what is inside one object.

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { inspectionJson, sampleJson, type InspectionJson } from '../format/inspection.ts'
import { formatNames, formatOfName, isFormatName, loadFormat, type FormatName } from '../format/index.ts'
import { openStore } from '../storage/index.ts'
import { Fault } from '../util/fault.ts'
import { formatBytes } from '../util/units.ts'
import { formatNames as knownToDlio } from '../workload/schema.ts'
import { warnInsecure } from './credentials.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { locate } from './object-uri.ts'
import type { S3Flags } from './run-flags.ts'
import { storeSource } from './store-source.ts'

export interface InspectFlags extends S3Flags {
  readonly format?: string
  readonly sample?: number
  readonly json?: boolean
}

export async function inspect(uri: string, flags: InspectFlags): Promise<ExitCode> {
  warnInsecure(flags.insecure, (text) => { process.stderr.write(`warning: ${text}\n`) })
  const document = await inspectObject(uri, flags)
  process.stdout.write(flags.json ? `${JSON.stringify(document, undefined, 2)}\n` : inspectionText(uri, document))
  return exitCodes.ok
}

export async function inspectObject(uri: string, flags: InspectFlags): Promise<InspectionJson> {
  const name = formatFor(uri, flags.format)
  const { spec, key } = await locate(uri, flags)
  if (key === '') throw new Fault('usage', `${uri} names no object`, { info: {}, hint: 'write s3://bucket/key' })
  if (spec.kind === 'file') await checkFile(path.join(spec.root, key))
  const store = await openStore(spec)
  try {
    const source = await storeSource(store, key)
    const format = await loadFormat(name)
    if (flags.sample === undefined) return inspectionJson(name, source.size, await format.inspect(source, { numSamples: 0 }))
    const reader = await format.open(source, { numSamples: 0 })
    if (flags.sample >= reader.numSamples) {
      throw new Fault('usage', `${uri} has ${reader.numSamples} samples: there is no sample ${flags.sample}`, { info: { key }, hint: 'samples count from 0' })
    }
    return sampleJson(name, source.size, { index: flags.sample, numSamples: reader.numSamples, tensor: await reader.readSample(flags.sample) })
  } finally {
    await store.close()
  }
}

function formatFor(uri: string, given: string | undefined): FormatName {
  const name = given ?? formatOfName(uri)
  if (name !== undefined && isFormatName(name)) return name
  const meant = given ?? knownToDlio.find((format) => uri.endsWith(`.${format}`))
  throw new Fault('usage', meant === undefined ? `the name ${uri} does not tell its format` : `format ${meant} is not supported by this version`, { info: {}, hint: `--format ${formatNames.join(' | ')}` })
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new Fault('usage', `there is no file ${file}`, { info: { file }, hint: 'check the path' })
  if (!found.isFile()) throw new Fault('usage', `${file} is not a file`, { info: { file }, hint: 'name a file in it' })
}

function inspectionText(uri: string, document: InspectionJson): string {
  const lines = [`${uri}  ${document.format}, ${formatBytes(document.size)}, ${document.num_samples} ${document.num_samples === 1 ? 'sample' : 'samples'}`]
  for (const array of document.arrays) {
    lines.push(`  ${array.name}  ${array.dtype} [${array.shape.join(', ')}]${array.fortran_order ? '  Fortran order' : ''}`)
    if (array.crc32 !== undefined) lines.push(`    ${array.bytes} bytes, crc32 ${array.crc32}, begins ${JSON.stringify(array.head)}`)
  }
  return `${lines.join('\n')}\n`
}
