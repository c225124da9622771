// Formats as users meet them: a workload of each generates, trains and is looked into; one's own formats load, or say why not.

import assert from 'node:assert/strict'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { formatNames, hasRanges, type FormatName } from '../../src/format/index.ts'
import { dlio, resultOf, temporaryFolder } from '../support/cli.ts'
import { fixture } from '../support/root.ts'

const small = ['++workload.dataset.num_files_train=4', '++workload.dataset.record_length_bytes=4096', '++workload.reader.batch_size=2', '++workload.train.epochs=1', '++workload.train.computation_time=0', '~workload.metric.au']
const columns = '++workload.dataset.parquet.columns=[{name:label,dtype:int64},{name:vector,dtype:float32,size:16},{name:text,dtype:string}]'

for (const [what, format, samples, more] of [
  ['csv', 'csv', 3, []],
  ['csv with gzip', 'csv', 2, ['++workload.dataset.compression=gzip']],
  ['csv of float32', 'csv', 2, ['++workload.dataset.record_dims=[4,5]', '++workload.dataset.record_element_type=float32']],
  ['jpeg', 'jpeg', 1, []],
  ['jpeg of varying size, counted twice', 'jpeg', 2, ['++workload.dataset.record_length_bytes_stdev=1000']],
  ['png with dimensions', 'png', 1, ['++workload.dataset.record_dims=[30,20]']],
  ['parquet', 'parquet', 5, []],
  ['parquet with gzip, by ranges', 'parquet', 6, ['++workload.dataset.compression=gzip', '++workload.storage.storage_options.read_mode=range', '++workload.dataset.parquet.row_group_size=2']],
  ['parquet with columns', 'parquet', 8, [columns, '++workload.dataset.parquet.row_group_size=4']],
  ['parquet with columns, of which one is read', 'parquet', 8, [columns, '++workload.storage.storage_options.columns=[vector]', '++workload.storage.storage_options.read_mode=range']],
] as const) {
  test(`${what} generates and trains on the built-in server`, async (t) => {
    const folder = await temporaryFolder(t)
    const result = await dlio(['run', 'quickstart', ...small, `++workload.dataset.format=${format}`, `++workload.dataset.num_samples_per_file=${samples}`, ...more, '--embedded', '--json', '--out', path.join(folder, 'out')])
    assert.equal(result.code, 0, result.stderr)
    assert.equal(resultOf(result).summary['samples'], 4 * samples)
  })
}

/** What a sample of 4 KiB may cost by ranges where its file has several: its bytes, and a share of what is read of each file besides. */
const sampleBytes = 4096
const share = 9000
/** Rows come in groups, and formats without ranges in objects: of these a sample costs its file, however it is read. */
const isAlone = (format: FormatName): boolean => hasRanges(format) && format !== 'parquet'

for (const format of formatNames) {
  test(`${format} trains with one and several samples a file, by objects and by ranges, and the report says what a sample cost`, { timeout: 120_000 }, async (t) => {
    const folder = await temporaryFolder(t)
    const cost: Record<string, number> = {}
    for (const samples of [1, 6]) for (const mode of ['object', 'range']) {
      const out = path.join(folder, `${samples}-${mode}`)
      const result = await dlio(['run', 'quickstart', ...small, `++workload.dataset.format=${format}`, '++workload.reader.batch_size=1', '++workload.reader.sample_shuffle=random', `++workload.dataset.num_samples_per_file=${samples}`,
        `++workload.storage.storage_options.read_mode=${mode}`, '--threads', '1', '--embedded', '--json', '--out', out])
      assert.equal(result.code, 0, result.stderr)
      const { summary } = resultOf(result)
      assert.equal(summary['samples'], 4 * samples)
      const bytes = cost[`${samples} ${mode}`] = Number(summary['read_bytes_per_sample'])
      assert.equal(bytes, Number(summary['bytes_read']) / (4 * samples))
      const report = (await readFile(path.join(out, 'report.txt'), 'utf8')).replaceAll(/\s+/g, ' ')
      assert.match(report, format === 'synthetic' ? /0 B fetched a sample/ : /[\d.]+ \w+ fetched a sample/)
    }
    if (format === 'synthetic') {
      assert.deepEqual(Object.values(cost), [0, 0, 0, 0])
      return
    }
    if (format !== 'jpeg') assert.ok(cost['1 object']! >= sampleBytes - 32)
    assert.ok(cost['1 range']! <= cost['1 object']! + share, JSON.stringify(cost))
    if (isAlone(format)) {
      assert.ok(cost['6 object']! >= 6 * sampleBytes * 0.9, JSON.stringify(cost))
      assert.ok(cost['6 range']! <= sampleBytes + share && cost['6 range']! < cost['6 object']!, JSON.stringify(cost))
    } else assert.ok(cost['6 range']! <= cost['6 object']! + share, JSON.stringify(cost))
  })
}

test('other parameters of Parquet are another data set, and that is said', async (t) => {
  const folder = await temporaryFolder(t)
  const generate = (rows: number): ReturnType<typeof dlio> => dlio(['run', 'quickstart', ...small, '++workload.dataset.format=parquet', `++workload.dataset.parquet.row_group_size=${rows}`, '++workload.workflow.train=False', '--target', `file://${folder}/data`, '--out', path.join(folder, 'out')])
  assert.equal((await generate(2)).code, 0)
  assert.equal((await generate(2)).code, 0)
  const other = await generate(4)
  assert.equal(other.code, 2)
  assert.match(other.stderr, /parquet is .*"rowGroupSize":2.* there/)
})

test('images of three dimensions are refused as DLIO refuses them', async () => {
  const result = await dlio(['validate', 'quickstart', '++workload.dataset.format=jpeg', '++workload.dataset.record_dims=[8,8,3]'])
  assert.equal(result.code, 2)
  assert.match(result.stderr, /jpeg format does not support more than 2 dimensions, but got 3 dimensions\./)
})

test('compression none, on which DLIO fails for HDF5, is none: the file that is written without the key', async (t) => {
  const folder = await temporaryFolder(t)
  const written: Buffer[] = []
  for (const [name, overrides] of [['absent', []], ['none', ['++workload.dataset.compression=none']]] as const) {
    const target = path.join(folder, name)
    const result = await dlio(['run', 'quickstart', ...small, '++workload.dataset.format=hdf5', ...overrides, '++workload.workflow.train=False', '--target', `file://${target}`, '--out', path.join(folder, `out-${name}`)])
    assert.equal(result.code, 0, result.stderr)
    const [first] = (await readdir(target, { recursive: true })).filter((file) => file.endsWith('.hdf5')).toSorted()
    written.push(await readFile(path.join(target, first!)))
  }
  assert.ok(written[0]!.length > 1000 && written[0]!.equals(written[1]!))
})

test('a format of one\'s own, beside the workload file, writes and reads the data set under the extension of dataset.format', async (t) => {
  const folder = await temporaryFolder(t)
  await copyFile(fixture('plugins', 'raw-format.mjs'), path.join(folder, 'raw-format.mjs'))
  const workload = path.join(folder, 'mine.yaml')
  await writeFile(workload, [
    'workflow: {generate_data: true, train: true}',
    'dataset: {data_folder: data, format: tfrecord, num_files_train: 4, num_samples_per_file: 3, record_length_bytes: 1024}',
    'reader: {reader_classname: ./raw-format.mjs, batch_size: 2}',
    'framework: pytorch', 'train: {epochs: 1}', '',
  ].join('\n'))
  const result = await dlio(['run', workload, '--target', `file://${folder}/store`, '--json', '--out', path.join(folder, 'out')], { cwd: folder })
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result)
  assert.deepEqual([summary['samples'], summary['bytes_written']], [12, 4 * 3 * 1024])
  const files = await readdir(folder, { recursive: true })
  assert.equal(files.filter((file) => file.endsWith('.tfrecord')).length, 4)
  const checked = await dlio(['validate', workload])
  assert.equal(checked.code, 0)
  assert.ok(!checked.stderr.includes('cannot run'), checked.stderr)
})

test('what a module wrote is another data set than that of the built-in format', async (t) => {
  const folder = await temporaryFolder(t)
  const generate = (...more: string[]): ReturnType<typeof dlio> => dlio(['run', 'quickstart', ...small, '++workload.dataset.format=npy', '++workload.workflow.train=False', '--target', `file://${folder}/data`, '--out', path.join(folder, 'out'), ...more])
  assert.equal((await generate('++workload.reader.reader_classname=test/fixtures/plugins/raw-format.mjs')).code, 0)
  const other = await generate()
  assert.equal(other.code, 2)
  assert.match(other.stderr, /format is "npy by raw-format.mjs" there and "npy" here/)
})

for (const [name, words] of [
  ['test/fixtures/plugins/incomplete.mjs', ['encode is a string (wanted: a function)', 'inspect is missing']],
  ['test/fixtures/plugins/absent.mjs', ['there is no file', 'absent.mjs']],
  ['my.module.Reader', ['my.module.Reader', './my-format.mjs']],
] as const) {
  test(`reader.reader_classname=${name} ends with a message that says ${words.at(-1)}`, async (t) => {
    const result = await dlio(['run', 'quickstart', ...small, `++workload.reader.reader_classname=${name}`, '--out', await temporaryFolder(t)])
    assert.equal(result.code, 2, result.stderr)
    for (const word of words) assert.ok(result.stderr.includes(word), result.stderr)
  })
}
