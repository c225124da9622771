// Data sets that DLIO wrote train through us; data sets that we write are DLIO's in name, size and form.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir, readFile, rm, truncate } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { hasRanges, type FormatName } from '../../src/format/index.ts'
import { openStore } from '../../src/storage/index.ts'
import { dlio, resultOf, temporaryFolder } from '../support/cli.ts'
import { fixture } from '../support/root.ts'
import { serve } from '../support/served.ts'

interface File { readonly path: string; readonly size: number; readonly num_samples: number }
/** `beside`: index files. */
interface Manifest { readonly format: FormatName; readonly files: readonly File[]; readonly beside: readonly File[] }

const sets = readdirSync(fixture('dlio')).filter((name) => existsSync(fixture('dlio', name, 'manifest.json'))).toSorted()
const isBeside = ({ path: file }: File): boolean => file.endsWith('.idx')
const sizesOf = (some: readonly File[]): number => some.reduce((sum, file) => sum + file.size, 0)
/** Files of the synthetic format hold no samples: each counts for as many as the workload says, which is one. */
function manifestOf(name: string): Manifest {
  const { format, files } = JSON.parse(readFileSync(fixture('dlio', name, 'manifest.json'), 'utf8')) as Pick<Manifest, 'format' | 'files'>
  return { format, files: files.filter((file) => !isBeside(file)).map((file) => ({ ...file, num_samples: file.num_samples ?? 1 })), beside: files.filter(isBeside) }
}
const workloadOf = (name: string): string => fixture('dlio', name, 'workload', `${name}.yaml`)

const { env, spec } = await serve('data')

const train = ['++workload.workflow.train=True', '++workload.workflow.generate_data=False', '++workload.train.epochs=1', '++workload.reader.sample_shuffle=seed']

for (const name of sets) {
  const { format, files, beside } = manifestOf(name)
  const trainFiles = files.filter((file) => file.path.includes('/train/'))
  const samples = trainFiles.reduce((sum, file) => sum + file.num_samples, 0)

  test(`${name}, written by DLIO, trains from the directory it lies in`, async (t) => {
    const result = await dlio(['run', workloadOf(name), ...train, '--json', '--out', await temporaryFolder(t)], { cwd: fixture('dlio', name) })
    assert.equal(result.code, 0, result.stderr)
    assert.equal(resultOf(result).summary['samples'], samples)
  })

  test(`${name}, written by DLIO, trains from S3 under the same keys`, async (t) => {
    const store = await openStore(spec)
    for (const file of [...files, ...beside]) await store.write(`from-dlio/${name}/${file.path.replace(/^data\//, '')}`, await readFile(fixture('dlio', name, file.path)))
    await store.close()
    const result = await dlio(['run', workloadOf(name), ...train, '--json', '--out', await temporaryFolder(t), '--threads', '1', '--target', `s3://data/from-dlio/${name}`], { env })
    assert.equal(result.code, 0, result.stderr)
    const { summary } = resultOf(result)
    assert.equal(summary['samples'], samples)
    const opened = Number(summary['objects_read']) / trainFiles.length
    // By ranges each sample is fetched once, and index files once where they are needed: DLIO's TFRecord frames are alike.
    const fetched = hasRanges(format) ? sizesOf(trainFiles) + (format === 'tfrecord' ? 0 : sizesOf(beside.filter((file) => file.path.includes('/train/')))) : sizesOf(trainFiles) * opened
    // No reader opens a file of the synthetic format.
    // Of HDF5 files the first 8 KiB come with the metadata, and chunks that hold several samples with each batch.
    if (format === 'hdf5') assert.ok(Number(summary['bytes_read']) <= (sizesOf(trainFiles) + 8192 * trainFiles.length) * opened, `${String(summary['bytes_read'])} bytes`)
    else assert.equal(summary['bytes_read'], format === 'synthetic' ? 0 : fetched)
    assert.equal(summary['read_bytes_per_sample'], Number(summary['bytes_read']) / samples)
  })

  // Text is as long as its numbers, and compressed data and images as their content allows.
  const hasSizes = !/^(csv|jpeg|png|hdf5-gzip|hdf5-lzf)/.test(name)
  test(`${name}: what we generate has DLIO's names${hasSizes ? ' and sizes' : ''}`, async (t) => {
    const target = `s3://data/ours/${name}`
    const result = await dlio(['run', workloadOf(name), '++workload.workflow.generate_data=True', '--json', '--out', await temporaryFolder(t), '--target', target], { env })
    assert.equal(result.code, 0, result.stderr)
    const store = await openStore(spec)
    const there: [string, number][] = []
    for await (const page of store.list(`ours/${name}/`)) there.push(...page.filter((meta) => !meta.key.endsWith('.dlio-s3.json')).map((meta): [string, number] => [meta.key.replace(`ours/${name}`, 'data'), meta.size]))
    await store.close()
    const expected = Object.fromEntries([...files, ...beside].map((file) => [file.path, hasSizes && file.size]))
    assert.deepEqual(Object.fromEntries(there.map(([key, size]) => [key, hasSizes && size])), expected)
    assert.equal(resultOf(result).summary['bytes_written'], there.reduce((sum, [, size]) => sum + size, 0))
  })
}

for (const format of ['tfrecord', 'indexed_binary', 'npy'] as const) {
  test(`${format} with eight samples a file: what is fetched for a sample by ranges and by objects, with and without decoding`, async (t) => {
    const fetched: Record<string, number> = {}
    for (const [mode, decode] of [['object', 'full'], ['range', 'full'], ['range', 'none']] as const) {
      const result = await dlio(['run', 'quickstart', `++workload.dataset.format=${format}`, '++workload.dataset.num_samples_per_file=8', '++workload.dataset.num_files_train=4', '++workload.dataset.record_length_bytes=65536',
        '++workload.reader.batch_size=1', '++workload.train.epochs=1', '++workload.train.computation_time=0', '++workload.metric.au=0', '++workload.reader.sample_shuffle=random', '--threads', '1', '--decode', decode,
        `++workload.storage.storage_options.read_mode=${mode}`, '--target', `s3://data/modes/${format}`, '--json', '--out', await temporaryFolder(t)], { env })
      assert.equal(result.code, 0, result.stderr)
      const { summary } = resultOf(result)
      assert.equal(summary['samples'], 32)
      fetched[`${mode} ${decode}`] = Number(summary['read_bytes_per_sample'])
    }
    assert.ok(fetched['object full']! >= 8 * 65_536)
    // Index files: 128 bytes once an object, that is 16 a sample; again by batches that are begun while they are being read.
    if (hasRanges(format)) for (const decode of ['full', 'none']) assert.ok(fetched[`range ${decode}`]! < 65_536 + 160, `${decode}: ${fetched[`range ${decode}`]}`)
  })
}

const tensorflow = ['python3', 'python'].find((command) => spawnSync(command, ['-c', 'import tensorflow'], { stdio: 'ignore' }).status === 0)

test('TensorFlow reads the TFRecord files that we generate', { skip: tensorflow === undefined && 'no Python with TensorFlow here' }, async (t) => {
  const folder = await temporaryFolder(t)
  const result = await dlio(['run', 'quickstart', '++workload.workflow.train=False', '++workload.dataset.num_files_train=2', '++workload.dataset.num_samples_per_file=3', '++workload.dataset.format=tfrecord', '++workload.dataset.record_length_bytes=4096', '--target', `file://${folder}/data`, '--out', `${folder}/out`])
  assert.equal(result.code, 0, result.stderr)
  const script = [
    'import sys, glob, tensorflow as tf',
    'keys = {"image": tf.io.FixedLenFeature([], tf.string), "size": tf.io.FixedLenFeature([], tf.int64)}',
    'for record in tf.data.TFRecordDataset(sorted(glob.glob(sys.argv[1] + "/train/*.tfrecord"))):',
    '    example = tf.io.parse_single_example(record, keys)',
    '    print(len(example["image"].numpy()), int(example["size"]))',
  ].join('\n')
  const { stdout, stderr } = spawnSync(tensorflow!, ['-c', script, `${folder}/data`], { encoding: 'utf8' })
  assert.equal(stdout.trim(), Array.from({ length: 6 }, () => '4096 4096').join('\n'), stderr)
})

const python = ['python3', 'python'].find((command) => spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0)

test('NumPy reads what we generate: shapes, dtypes, checksums, and no two files alike', { skip: python === undefined && 'no Python with NumPy here' }, async (t) => {
  const folder = await temporaryFolder(t)
  for (const [name, more, expected] of [
    ['plain', ['++workload.dataset.format=npz', '++workload.dataset.record_length_bytes=4096', '++workload.dataset.num_samples_per_file=3'], '(64, 64, 3) uint8'],
    ['dims', ['++workload.dataset.format=npy', '++workload.dataset.record_dims=[4,5,6]', '++workload.dataset.record_element_type=float32'], '(4, 5, 6, 1) float32'],
    ['deflated', ['++workload.dataset.format=npz', '++workload.dataset.record_length_bytes=4096', '++workload.dataset.compression=zip'], '(64, 64, 1) uint8'],
  ] as const) {
    const data = path.join(folder, name)
    const result = await dlio(['run', 'quickstart', '++workload.workflow.train=False', '++workload.dataset.num_files_train=5', '--target', `file://${data}`, '--out', path.join(folder, `out-${name}`), ...more])
    assert.equal(result.code, 0, result.stderr)
    const script = [
      'import sys, numpy as np, hashlib, glob',
      'files = sorted(glob.glob(sys.argv[1] + "/train/*"))',
      'arrays = [np.load(f) for f in files]',
      'arrays = [a["x"] if hasattr(a, "files") else a for a in arrays]',
      'assert all(np.isfinite(a).all() for a in arrays)',
      'print(len(files), arrays[0].shape, arrays[0].dtype, len({hashlib.sha256(a.tobytes()).hexdigest() for a in arrays}))',
    ].join('\n')
    const { stdout, stderr } = spawnSync(python!, ['-c', script, data], { encoding: 'utf8' })
    assert.equal(stdout.trim(), `5 ${expected} 5`, stderr)
  }
})

test('a second generation writes nothing, and only what is missing is written again', async (t) => {
  const folder = await temporaryFolder(t)
  const data = path.join(folder, 'data')
  const generate = async (): Promise<Record<string, number | string>> => {
    const result = await dlio(['run', 'quickstart', '++workload.workflow.train=False', '--target', `file://${data}`, '--json', '--out', path.join(folder, 'out')])
    assert.equal(result.code, 0, result.stderr)
    return resultOf(result).summary
  }
  assert.equal((await generate())['objects_written'], 64)
  assert.equal((await generate())['objects_written'], 0)
  const names = (await readdir(path.join(data, 'train'))).toSorted()
  const victim = path.join(data, 'train', names[7]!)
  const original = await readFile(victim)
  await rm(victim)
  await truncate(path.join(data, 'train', names[9]!), 10)
  assert.equal((await generate())['objects_written'], 2)
  assert.deepEqual(await readFile(victim), original, 'content is a function of seed, file and sample')
  assert.ok(statSync(path.join(data, '.dlio-s3.json')).size > 0)
})

test('--embedded-dir keeps the data set for the next run', async (t) => {
  const folder = await temporaryFolder(t)
  const run = async (...more: string[]): Promise<Record<string, number | string>> => {
    const result = await dlio(['run', 'quickstart', '--embedded-dir', path.join(folder, 'objects'), '--json', '--out', path.join(folder, 'out'), ...more])
    assert.equal(result.code, 0, result.stderr)
    return resultOf(result).summary
  }
  assert.equal((await run())['objects_written'], 64)
  const again = await run('--skip-generate')
  assert.deepEqual([again['objects_written'] ?? 0, again['objects_read']], [0, 128])
})
