import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import { dataLocation, formatLocation } from '../../src/workload/location.ts'
import { load } from './support.ts'

const s3 = (root: string, folder: string, options = ''): string => `storage: {storage_type: s3, storage_root: "${root}"${options}}\ndataset: {data_folder: "${folder}"}`
const local = (root: string, folder: string, type = 'local_fs'): string => `storage: {storage_type: ${type}, storage_root: "${root}"}\ndataset: {data_folder: "${folder}"}`

for (const [text, target, location] of [
  ['', undefined, 'file://.|data'],
  [local('./', './data/'), undefined, 'file://.|data'],
  [local('runs', 'data/unet3d/'), undefined, 'file://runs|data/unet3d'],
  [local('runs/', './/a//b'), undefined, 'file://runs|a/b'],
  [local('runs', '.'), undefined, 'file://runs|'],
  [local('runs', '/abs/data/'), undefined, 'file:///abs/data|'],
  [local('/root', 'data'), undefined, 'file:///root|data'],
  [local('', 'data'), undefined, 'file://data|'],
  [local('runs', '../data'), undefined, 'file://data|'],
  [local('/nvme', 'data', 'direct_fs'), undefined, 'file:///nvme|data'],
  [local('/lustre', 'data', 'parallel_fs'), undefined, 'file:///lustre|data'],
  [local('s3://bucket/base', 'data'), undefined, 's3://bucket|base/data'],
  [local('file:///root', 'data'), undefined, 'file:///root|data'],
  [local('x', 'file:///abs'), undefined, 'file:///abs|'],
  [local('x', 'memory://m/p'), undefined, 'memory://m|p'],
  [s3('bucket', 'data/unet3d/'), undefined, 's3://bucket|data/unet3d'],
  [s3('bucket', './data/'), undefined, 's3://bucket|data'],
  [s3('bucket/', '/data//x/'), undefined, 's3://bucket|data/x'],
  [s3('bucket/base', 'data'), undefined, 's3://bucket|base/data'],
  [s3('bucket', ''), undefined, 's3://bucket|'],
  [s3('bucket', 's3://other'), undefined, 's3://other|'],
  [s3('bucket', 's3://bucket/a/b/'), undefined, 's3://bucket|a/b'],
  [s3('s3://bucket/base/', 'data'), undefined, 's3://bucket|base/data'],
  [s3('/root', 'data', ', storage_options: {uri_scheme: file}'), undefined, 'file:///root|data'],
  [local('bucket', 'data', 'aistore'), undefined, 's3://bucket|data'],
  [local('x', 'ais://bucket/data'), undefined, 's3://bucket|data'],
  [s3('bucket', 'data'), 's3://t', 's3://t|'],
  [s3('bucket', 'data'), 'S3://t/a/./b/', 's3://t|a/b'],
  [s3('bucket', 'data'), 's3://t//a', 's3://t|/a'],
  [s3('bucket', 'data'), 's3://t///a//b/', 's3://t|//a//b'],
  [s3('bucket', 's3://t//a//b/'), undefined, 's3://t|a/b'],
  [s3('', 'data'), 's3://t/a', 's3://t|a'],
  [local('runs', 'data'), 's3://t/a', 's3://t|a'],
  [s3('bucket', 'data'), 'file:///x/y/', 'file:///x/y|'],
  [s3('bucket', 'data'), 'some/dir', 'file://some/dir|'],
  [s3('bucket', 'data'), 'memory://', 'memory://memory|'],
  [s3('bucket', 'data'), 'memory://m/a/', 'memory://m|a'],
] as const) {
  test(`${target ?? (text.replaceAll('\n', ' ') || 'nothing')} is at ${location}`, async () => {
    const { workload } = await load(text)
    const { scheme, container, prefix } = dataLocation(workload, target)
    assert.equal(`${scheme}://${container}|${prefix}`, location)
  })
}

for (const [text, target, key, message] of [
  [s3('./', 'data'), undefined, 'storage.storage_root', /names no bucket/],
  [s3('', 'data'), undefined, 'storage.storage_root', /names no bucket/],
  [s3('/mnt', 'data'), undefined, 'storage.storage_root', /\/mnt is a path where a bucket is needed/],
  [s3('b', '../x'), undefined, 'dataset.data_folder', /leads out of the bucket/],
  [s3('b', 'data', ', storage_options: {uri_scheme: az}'), undefined, 'storage.storage_options.uri_scheme', /az/],
  [local('x', 'gs://b/data'), undefined, 'dataset.data_folder', /gs:\/\/ is no place/],
  [local('x', 'd'), 's3://', '--target', /names no bucket/],
  [local('x', 'd'), 's3://b//', '--target', /folder without a name/],
  [local('x', 'd'), 's3://b/a//', '--target', /folder without a name/],
  [local('x', 'd'), 'ftp://h/x', '--target', /ftp:\/\/ is no place/],
  [local('x', 'd'), 's3://b/../x', '--target', /leads out/],
] as const) {
  test(`${target ?? text.replaceAll('\n', ' ')} is refused`, async () => {
    const { workload } = await load(text)
    assert.throws(() => dataLocation(workload, target), (error) => {
      assert.ok(isFault(error, 'usage'))
      assert.match(error.message, message)
      assert.equal(error.info.key, key)
      assert.ok(error.hint !== undefined)
      return true
    })
  })
}

test('a location as text', () => {
  assert.equal(formatLocation({ scheme: 's3', container: 'b', prefix: '' }), 's3://b')
  assert.equal(formatLocation({ scheme: 's3', container: 'b', prefix: 'a/c' }), 's3://b/a/c')
  assert.equal(formatLocation({ scheme: 'file', container: '/', prefix: 'a' }), 'file:///a')
})
