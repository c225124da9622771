import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writingThreads } from '../../src/cli/generate-writer.ts'
import { GenerationPlan } from '../../src/dataset/plan.ts'
import { fileStates } from '../../src/dataset/survey.ts'
import { loadFormat } from '../../src/format/index.ts'
import { defaultUploadPlan } from '../../src/storage/upload-plan.ts'
import { GiB, KiB, MiB } from '../../src/util/units.ts'
import { settingsOf } from '../dataset/settings.ts'

const npz = await loadFormat('npz')

const rows: readonly (readonly [name: string, work: { files: number; size: number; present?: number }, have: { threads?: number; uploads?: number; memoryLimit?: number }, threads: number])[] = [
  ['no files', { files: 0, size: 0 }, {}, 1],
  ['few small files', { files: 1000, size: 64 * KiB }, {}, 1],
  ['many small files', { files: 100_000, size: KiB }, {}, 8],
  ['a few large files: no more threads than files', { files: 3, size: GiB }, {}, 3],
  ['some work: a thread for every 128 MiB of it', { files: 40, size: 10 * MiB }, {}, 3],
  ['what is there already is no work', { files: 40, size: 10 * MiB, present: 18 }, {}, 1],
  ['--threads 1', { files: 1000, size: MiB }, { threads: 1 }, 1],
  ['fewer uploads at once than threads', { files: 1000, size: MiB }, { uploads: 2 }, 2],
  ['memory for two objects and a half', { files: 100, size: 20 * MiB }, { memoryLimit: 50 * MiB }, 2],
  ['memory for less than one object', { files: 100, size: 20 * MiB }, { memoryLimit: MiB }, 1],
  ['objects that stream count as what their stream holds', { files: 100, size: 50 * GiB }, { memoryLimit: 200 * MiB }, 3],
  ['so large that their parts have to be larger: they hold more', { files: 100, size: 100 * GiB }, { memoryLimit: 200 * MiB }, 2],
]
for (const [name, { files, size, present = 0 }, { threads = 8, uploads = 16, memoryLimit = 4 * GiB }, expected] of rows) {
  test(name, () => {
    const plan = new GenerationPlan(settingsOf({ numFilesTrain: files, numFilesEval: 0, numSamplesPerFile: 1, recordDims: [size] }), npz)
    const states = new Uint8Array(files).fill(fileStates.present, 0, present)
    assert.equal(writingThreads({ plan, states, shard: { rank: 0, worldSize: 1 } }, npz, { threads, uploads, memoryLimit, uploadPlan: defaultUploadPlan }), expected)
  })
}

test('where sizes differ the largest counts', () => {
  const plan = new GenerationPlan(settingsOf({ numFilesTrain: 200, numFilesEval: 0, numSamplesPerFile: 1, recordLength: MiB, recordLengthStdev: MiB / 4 }), npz)
  const largest = Math.max(...[...plan].map((file) => file.size!))
  assert.equal(plan.largest()!.size, largest)
  assert.equal(writingThreads({ plan, states: new Uint8Array(200), shard: { rank: 0, worldSize: 1 } }, npz, { threads: 8, uploads: 16, memoryLimit: 2 * largest + 1, uploadPlan: defaultUploadPlan }), 2)
})
