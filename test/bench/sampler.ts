// The order of an epoch at scale: time and memory of shuffling. usage: node test/bench/sampler.ts [samples] [samples per file]

import { epochOrder, type EpochOptions } from '../../src/dataset/sampler.ts'
import { formatBytes } from '../../src/util/units.ts'

const numSamples = Number(process.argv[2] ?? 50_000_000)
const numSamplesPerFile = Number(process.argv[3] ?? 1)
const plain: EpochOptions = { numFiles: Math.floor(numSamples / numSamplesPerFile), numSamplesPerFile, epoch: 1, fileSeed: 123, sampleSeed: 123, seedChangeEpoch: true, fileShuffle: 'off', sampleShuffle: 'off' }

const rows: readonly (readonly [name: string, options: Partial<EpochOptions>])[] = [
  ['in order', {}], ['samples shuffled', { sampleShuffle: 'seed' }], ['files shuffled', { fileShuffle: 'seed' }], ['files, then samples', { fileShuffle: 'seed', sampleShuffle: 'seed' }],
]
for (const [name, options] of rows) {
  for (const epoch of [1, 2]) {
    const begin = performance.now(), cpu = process.cpuUsage()
    const order = epochOrder({ ...plain, ...options, epoch })
    const { user, system } = process.cpuUsage(cpu)
    process.stdout.write(`${name.padEnd(20)} epoch ${epoch} ${((performance.now() - begin) / 1000).toFixed(2).padStart(6)} s ${((user + system) / 1e6).toFixed(2).padStart(6)} s of CPU, order ${formatBytes(order.samples?.byteLength ?? 0)}\n`)
  }
}
process.stdout.write(`peak RSS ${formatBytes(process.resourceUsage().maxRSS * 1024)}\n`)
