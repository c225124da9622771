// The program itself against the server: data sets written and trained on, and figures that follow from arithmetic.

import assert from 'node:assert/strict'
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { dlio, resultOf, type CliResult, type ResultDocument } from '../support/cli.ts'
import type { OwnBucket } from './bucket.ts'
import type { Endpoint, TransportName } from './endpoint.ts'
import type { SuiteContext } from './test-names.ts'

const MiB = 1024 * 1024

export function runsWorkloads({ transport, test, bucket }: SuiteContext): void {
  const command = (args: readonly string[]): Promise<ResultDocument> => commandOn(bucket().endpoint, transport, args)
  const train = async (prefix: string, settings: Readonly<Record<string, string | number | boolean>>): Promise<Record<string, number | string>> => {
    const overrides = Object.entries({ 'train.computation_time': 0, 'reader.read_threads': 2, ...settings }).map(([key, value]) => `++workload.${key}=${value}`)
    return (await command(['run', 'quickstart', '--target', `s3://${bucket().name}/${prefix}`, '--out', '-', '--threads', '2', ...overrides, '~workload.metric.au'])).summary
  }

  test('run generates and trains NPZ: samples, objects and bytes', async () => {
    const summary = await train('npz', { 'dataset.num_files_train': 24, 'dataset.record_length_bytes': 16_384, 'reader.batch_size': 4, 'train.epochs': 2 })
    const bytes = await bytesBelow(bucket(), 'npz/')
    assert.deepEqual([summary['samples'], summary['objects_read'], summary['steps'], summary['errors']], [48, 48, 12, 0])
    assert.ok(bytes > 24 * 16_384, `${bytes} bytes`)
    assert.equal(summary['bytes_read'], 2 * bytes)
  })
  test('run reads again what is there', async () => {
    const settings = { 'dataset.num_files_train': 6, 'dataset.record_length_bytes': 4096, 'reader.batch_size': 2, 'train.epochs': 1 }
    await train('again', { ...settings, 'workflow.train': false })
    const summary = await train('again', { ...settings, 'workflow.generate_data': false })
    assert.deepEqual([summary['samples'], summary['objects_read'], summary['bytes_read']], [6, 6, await bytesBelow(bucket(), 'again/')])
    assert.equal(summary['objects_written'] ?? 0, 0)
  })
  test('run writes large objects in parts and reads them in ranges', async () => {
    const summary = await train('large', {
      'dataset.num_files_train': 2, 'dataset.record_length_bytes': 12 * MiB, 'reader.batch_size': 1, 'reader.read_threads': 1, 'train.epochs': 1, 'storage.storage_options.part_size': '5MiB',
    })
    const bytes = await bytesBelow(bucket(), 'large/')
    assert.ok(bytes > 23 * MiB, `${bytes} bytes`)
    assert.deepEqual([summary['samples'], summary['objects_read'], summary['bytes_read'], summary['errors']], [2, 2, bytes, 0])
    const { Contents = [] } = await bucket().client.send(new ListObjectsV2Command({ Bucket: bucket().name, Prefix: 'large/' }))
    assert.equal(Contents.filter(({ Size = 0, ETag = '' }) => Size > 11 * MiB && ETag.endsWith('-3"')).length, 2, 'objects of three parts each')
    // Three ranges of each, two writes, a listing.
    assert.ok(Number(summary['requests']) >= 2 * 3 + 2 + 1, `${String(summary['requests'])} requests`)
  })
  test('run reads TFRecord with several samples per file, by ranges', async () => {
    const summary = await train('tfrecord', {
      'dataset.format': 'tfrecord', 'dataset.num_files_train': 3, 'dataset.num_samples_per_file': 4, 'dataset.record_length_bytes': 4096, 'reader.batch_size': 2, 'train.epochs': 1,
    })
    assert.deepEqual([summary['samples'], summary['errors']], [12, 0])
  })
  test('bench put removes what it wrote', async () => {
    const { summary } = await command(['bench', 'put', `s3://${bucket().name}/bench/`, '--size', '64KiB', '--duration', '1s', '--concurrency', '4', '--threads', '1'])
    assert.ok(Number(summary['objects_written']) > 0)
    assert.equal(await bytesBelow(bucket(), 'bench/'), 0)
  })
}

/** A command of the program that ends well. */
export async function commandOn({ endpoint, region, credentials, caFile, isVirtual = false }: Endpoint, transport: TransportName, args: readonly string[]): Promise<ResultDocument> {
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }) }
  const result: CliResult = await dlio([...args, '--endpoint-url', endpoint, '--region', region, isVirtual ? '--virtual-host' : '--path-style', ...(caFile === undefined ? [] : ['--ca-file', caFile]), '--transport', transport, '--json'], { env })
  assert.equal(result.code, 0, result.stderr)
  return resultOf(result)
}

/** Data files only: the manifest is no part of the data set. */
async function bytesBelow({ client, name }: OwnBucket, prefix: string): Promise<number> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: name, Prefix: prefix }))
  return Contents.filter(({ Key = '' }) => !Key.endsWith('.json') && !Key.endsWith('/')).reduce((sum, { Size = 0 }) => sum + Size, 0)
}
