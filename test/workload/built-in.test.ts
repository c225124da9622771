// Our own workloads and configs, and those of upstream where a checkout lies beside this one.

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import { recordShape, requiredBytesPerSecond, stepsPerEpoch } from '../../src/workload/derive.ts'
import { listWorkloads, packageFolder } from '../../src/workload/files.ts'
import { loadWorkload } from '../../src/workload/load.ts'
import { dataLocation } from '../../src/workload/location.ts'
import { GiB } from '../../src/util/units.ts'
import { repoRoot } from '../support/root.ts'

const listed = await listWorkloads()

test('the built-in workloads', () => {
  assert.equal(packageFolder('workloads'), path.join(repoRoot, 'workloads'))
  assert.deepEqual(listed.map(({ name }) => name), [
    'cosmoflow_a100', 'cosmoflow_h100', 'default', 'quickstart', 'resnet50_a100', 'resnet50_h100', 'retinanet_b200', 'unet3d_a100', 'unet3d_b200', 'unet3d_h100',
  ])
})

for (const { name, description } of listed) {
  test(`${name} loads strictly, without a warning, and says what it is`, async () => {
    const { workload, warnings } = await loadWorkload({ source: { name }, strict: true })
    assert.deepEqual(warnings, [])
    assert.ok(description.length > 20)
    assert.ok(stepsPerEpoch(workload, 1) >= 16)
    assert.equal(dataLocation(workload).scheme, 'file')
    assert.equal(workload.model.name, name.split('_')[0])
  })
}

for (const [name, epochs, steps, rate] of [
  ['quickstart', 2, 16, undefined], ['default', 10, 16, undefined], ['unet3d_a100', 5, 24, 1.5], ['unet3d_h100', 5, 24, 2.96], ['unet3d_b200', 5, 1028, 5.9],
] as const) {
  test(`${name}: epochs, steps${rate === undefined ? '' : ', rate'}`, async () => {
    const { workload } = await loadWorkload({ source: { name } })
    assert.deepEqual([workload.train.epochs, stepsPerEpoch(workload, 1)], [epochs, steps])
    if (rate !== undefined) assert.ok(Math.abs(requiredBytesPerSecond(workload)! / GiB - rate) < 0.01)
  })
}

for (const name of ['aws', 'minio', 'embedded']) {
  test(`configs/${name}.yaml lies under any workload and holds no secret`, async () => {
    const { workload, warnings } = await loadWorkload({ source: { name: 'quickstart' }, layers: [name], overrides: ['storage.storage_root=bucket'], strict: true })
    assert.deepEqual(warnings, [])
    assert.deepEqual(dataLocation(workload), { scheme: 's3', container: 'bucket', prefix: 'data/quickstart' })
  })
}

const upstream = path.join(repoRoot, '..', 'shared', 'reference', 'workloads')
const there = existsSync(upstream)
/** Hydra's root configurations choose a workload, or leave it open. */
const roots: ReadonlySet<string> = new Set(['_root_config.yaml'])
/** Examples with keys and values that no DLIO knows: they load with warnings, or end in a Fault that names the place. */
const stale = /hybrid_storage|multi_endpoint|pytorch_file_backend|zerocopy|test_local/
const files = there ? readdirSync(upstream, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml')).toSorted() : []

test('upstream\'s workloads are there', { skip: there ? false : 'no upstream files beside this checkout' }, () => {
  assert.ok(files.length >= 30)
})

for (const file of files) {
  test(`upstream ${file}`, async () => {
    const loading = loadWorkload({ source: { file: path.join(upstream, file) } })
    if (roots.has(path.basename(file))) {
      assert.equal((await loading).name, 'default')
      return
    }
    if (stale.test(file)) {
      await loading.catch((error: unknown) => { assert.ok(isFault(error, 'usage') && error.info.line !== undefined, String(error)) })
      return
    }
    const { workload, warnings } = await loading
    const expected = new Set(['model.model_size', 'workflow.debug'])
    for (const { kind, key } of warnings) {
      assert.notEqual(kind, 'unknown', key)
      if (kind === 'ignored') assert.ok(expected.has(key), key)
    }
    assert.equal(warnings.length, new Set(warnings.map(({ key }) => key)).size, 'one line a key')
    assert.ok(recordShape(workload).every((side) => side > 0))
    assert.ok(Number.isInteger(stepsPerEpoch({ ...workload, train: { ...workload.train, totalTrainingSteps: -1 } }, 8)))
    if (file.endsWith('_s3.yaml')) {
      assert.deepEqual(dataLocation(workload), { scheme: 's3', container: 's3pytorchconnector', prefix: '' })
      assert.equal(workload.storage.storageOptions.s3ForcePathStyle, false)
      assert.equal(warnings.filter(({ kind }) => kind === 'secret').length, 2)
    }
  })
}
