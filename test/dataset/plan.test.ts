import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test, { describe } from 'node:test'
import { GenerationPlan } from '../../src/dataset/plan.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { isFormatName, loadFormat } from '../../src/format/index.ts'
import type { DType } from '../../src/format/tensor.ts'
import { fixture } from '../support/root.ts'
import { settingsOf } from './settings.ts'

/** What DLIO was told, and the files that it wrote. */
interface Written {
  readonly format: string
  readonly configured: {
    readonly num_files_train: number; readonly num_files_eval: number; readonly num_samples_per_file: number
    readonly num_subfolders_train?: number; readonly num_subfolders_eval?: number; readonly file_prefix?: string
    readonly record_length_bytes?: number; readonly record_length_bytes_stdev?: number; readonly record_dims?: readonly number[]; readonly record_element_type?: DType
  }
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

function settingsAs({ format, configured: it }: Written): DatasetSettings {
  return settingsOf({
    format, extension: format, numFilesTrain: it.num_files_train, numFilesEval: it.num_files_eval, numSamplesPerFile: it.num_samples_per_file,
    numSubfoldersTrain: it.num_subfolders_train ?? 0, numSubfoldersEval: it.num_subfolders_eval ?? 0, filePrefix: it.file_prefix ?? 'img',
    recordLength: it.record_length_bytes ?? 65536, recordLengthStdev: it.record_length_bytes_stdev ?? 0, recordDims: it.record_dims ?? [],
    elementType: it.record_element_type ?? 'uint8',
  })
}

const byKey = (a: readonly [string, number], b: readonly [string, number]): number => (a[0] < b[0] ? -1 : 1)

describe('the plan names and sizes the files that DLIO writes', () => {
  const names = readdirSync(fixture('dlio')).filter((name) => /^np[zy]/.test(name))
  for (const name of names) {
    test(name, async () => {
      const written = JSON.parse(readFileSync(fixture('dlio', name, 'manifest.json'), 'utf8')) as Written
      assert.ok(isFormatName(written.format))
      const plan = new GenerationPlan(settingsAs(written), await loadFormat(written.format))
      const planned = [...plan].map(({ key, size }) => [key, size!] as const)
      assert.deepEqual(planned.toSorted(byKey), written.files.map(({ path, size }) => [path, size] as const).toSorted(byKey))
    })
  }
})

describe('GenerationPlan', () => {
  test('unet3d: the sizes that NumPy gives its 168 files', async () => {
    const settings = settingsOf({ numFilesTrain: 168, numFilesEval: 0, numSamplesPerFile: 1, recordLength: 146600628, recordLengthStdev: 68341808 })
    const plan = new GenerationPlan(settings, await loadFormat('npz'))
    const sizes = [...plan].map(({ size }) => size!)
    assert.deepEqual(sizes.slice(0, 8), [224093623, 93583333, 139626138, 159582026, 140750564, 206626656, 140829945, 170405474])
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), 25285981919 + 168 * 498)
    assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [46889148, 301602477])
  })

  test('indices go on from train to valid, and back from keys', async () => {
    const plan = new GenerationPlan(settingsOf({ numFilesTrain: 3, numFilesEval: 2 }), await loadFormat('npy'))
    assert.deepEqual([...plan].map(({ index, set, key }) => [index, set, key, plan.indexOf(set, key)]), [
      [0, 'train', 'data/train/img_0_of_3.npz', 0], [1, 'train', 'data/train/img_1_of_3.npz', 1], [2, 'train', 'data/train/img_2_of_3.npz', 2],
      [3, 'valid', 'data/valid/img_0_of_2.npz', 3], [4, 'valid', 'data/valid/img_1_of_2.npz', 4],
    ])
    assert.equal(plan.indexOf('valid', 'data/train/img_0_of_3.npz'), undefined)
    assert.throws(() => plan.file(5), RangeError)
  })

  for (const [numFilesTrain, worldSize] of [[0, 1], [1, 3], [10, 1], [10, 3], [17, 17]] as const) {
    test(`${numFilesTrain} + 1 files over ${worldSize} hosts: each file once`, async () => {
      const plan = new GenerationPlan(settingsOf({ numFilesTrain, numFilesEval: 1 }), await loadFormat('npy'))
      const all = Array.from({ length: worldSize }, (_, rank) => [...plan.files({ rank, worldSize })]).flat().map(({ index }) => index)
      assert.deepEqual(all.toSorted((a, b) => a - b), Array.from({ length: numFilesTrain + 1 }, (_, i) => i))
    })
  }
})
