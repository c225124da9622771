// The process that is watched: input after input of one format. What it is about to do it writes before it does it, without
// waiting for anything, so that whoever reads knows where it hung or died.
// usage: child FORMAT FIRST-SEED INPUTS SECONDS

import { writeSync } from 'node:fs'

import { hdf5Library } from '../../src/format/hdf5-library.ts'
import { loadFormat, type FormatName } from '../../src/format/index.ts'
import { MiB } from '../../src/util/units.ts'
import { decodes, waysOf } from './attempt.ts'
import { inputOf, type Input } from './input.ts'
import { encodedOriginals, fixtureOriginals } from './originals.ts'
import type { Finding, Progress } from './progress.ts'

const [name, firstSeed, inputs, seconds] = [process.argv[2] as FormatName, ...process.argv.slice(3).map(Number)] as [FormatName, number, number, number]

const tell = (line: Progress | Finding): void => { writeSync(1, `${JSON.stringify(line)}\n`) }

const format = await loadFormat(name)
const originals = [...fixtureOriginals(name), ...await encodedOriginals(name, format)]
// What is loaded once, such as libraries, is no input's memory.
for (const { key, objects } of originals) {
  tell({ seed: -1, file: key, decoded: 0, refused: 0, worst: 0 })
  await decodes(format, key, objects)
}

interface Cost { readonly decoded: boolean; readonly bytes: number }

/**
 * `bytes`: of the costliest way to read it, buffers that are more than before, or memory of the process where its peak rose;
 * whichever is more. `isClean`: each way begins with a heap without garbage of others.
 */
async function measured({ key, objects, told }: Input, isClean: boolean): Promise<Cost> {
  const results: Cost[] = []
  for (const way of waysOf(format, key, objects, [told])) {
    if (isClean) {
      // Damaged objects cost the HDF5 library its instance: the next one is not their successor's memory.
      if (name === 'hdf5') await hdf5Library()
      globalThis.gc?.()
    }
    const [external, resident, peak] = [process.memoryUsage().external, process.memoryUsage.rss(), process.resourceUsage().maxRSS]
    const result = await way()
    const risen = process.resourceUsage().maxRSS
    results.push({ decoded: result, bytes: Math.max(process.memoryUsage().external - external, risen > peak ? 1024 * risen - resident : 0) })
  }
  return { decoded: results[0]!.decoded, bytes: Math.max(...results.map(({ bytes }) => bytes)) }
}

const started = performance.now()
let [decoded, refused, worst] = [0, 0, 0]
for (let seed = firstSeed; seed < firstSeed + inputs && performance.now() - started < 1000 * seconds; seed++) {
  const input = inputOf(name, originals, seed)
  const { key, objects } = input
  tell({ seed, file: key, decoded, refused, worst })
  const limit = 64 * MiB + 4 * [...objects.values()].reduce((sum, { length }) => sum + length, 0)
  try {
    let cost = await measured(input, false)
    if (cost.bytes > limit) cost = await measured(input, true)
    if (cost.decoded) decoded++
    else refused++
    worst = Math.max(worst, cost.bytes)
    if (cost.bytes > limit) tell({ found: `takes ${(cost.bytes / MiB).toFixed(0)} MiB of memory, more than ${(limit / MiB).toFixed(0)}`, seed, file: key })
  } catch (error) {
    tell({ found: error instanceof Error ? error.stack ?? error.message : String(error), seed, file: key })
  }
}
tell({ seed: -1, file: '', decoded, refused, worst })
