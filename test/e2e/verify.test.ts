// run --verify as a user meets it: every byte compared, and what is said when one differs or nobody can tell.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { dlio, resultOf, type CliResult } from '../support/cli.ts'

const small = ['++workload.dataset.num_files_train=4', '++workload.dataset.num_samples_per_file=2', '++workload.dataset.record_length_bytes=20000', '++workload.reader.batch_size=2', '++workload.train.epochs=1', '++workload.train.computation_time=0', '~workload.metric.au']
const key = 'data/quickstart/train/img_2_of_4.npz'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-test-'))
  const generated = await dlio(['run', 'quickstart', ...small, '++workload.workflow.train=False', '--generate', '--target', `file://${folder}/data/quickstart`, '--out', '-'])
  assert.equal(generated.code, 0, generated.stderr)
})
after(() => rm(folder, { recursive: true, force: true }))

const verify = (...more: readonly string[]): Promise<CliResult> => dlio(['run', 'quickstart', ...small, '--skip-generate', '--verify', '--target', `file://${folder}/data/quickstart`, '--out', '-', ...more])
const verifiedOf = ({ stdout }: CliResult): unknown => (JSON.parse(stdout) as { verified?: unknown }).verified

/** With other bytes in one object, which has its own again afterwards. */
async function withObject(damage: (bytes: Buffer) => Uint8Array, use: (bytes: Buffer) => Promise<void>): Promise<void> {
  const file = path.join(folder, key)
  const bytes = await readFile(file)
  await writeFile(file, damage(bytes))
  try {
    await use(bytes)
  } finally {
    await writeFile(file, bytes)
  }
}

for (const mode of ['object', 'range']) {
  test(`every byte that is read is compared, and the result says how many: ${mode} reads`, async () => {
    const result = await verify('--json', '--read-mode', mode)
    assert.equal(result.code, 0, result.stderr)
    const { summary } = resultOf(result)
    assert.equal(summary['bytes_verified'], summary['bytes_read'])
    assert.ok(Number(summary['bytes_verified']) >= 4 * 2 * 19_000)
    const { bytes, seconds } = verifiedOf(result) as { bytes: number; seconds: number }
    assert.equal(bytes, summary['bytes_verified'])
    assert.ok(seconds > 0)
  })
}

test('the report says it too, and without --verify nothing is said', async () => {
  assert.match((await verify()).stdout, /Verified {3}[\d.]+ KiB, each byte what the generator writes · [\d.]+ m?s/)
  const without = await dlio(['run', 'quickstart', ...small, '--skip-generate', '--target', `file://${folder}/data/quickstart`, '--out', '-', '--json'])
  assert.deepEqual([verifiedOf(without), resultOf(without).summary['bytes_verified']], [undefined, undefined])
})

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

for (const decode of ['full', 'none']) {
  test(`a flipped byte ends the run with 5, key, offset and both values; decode ${decode}`, async () => {
    const at = 1234
    await withObject((bytes) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)), async (bytes) => {
      const result = await verify('--decode', decode)
      assert.equal(result.code, 5)
      const message = `img_2_of_4.npz" is not what dlio-s3 generates: byte ${at} is ${hex(bytes[at]! ^ 1)} where ${hex(bytes[at]!)} was expected`
      assert.ok(result.stderr.includes(message), result.stderr)
      assert.match(result.stderr, /by its manifest dlio-s3 wrote this data set/)
    })
  })
}

test('a truncated object ends the run with 5', async () => {
  await withObject((bytes) => bytes.subarray(0, 300), async (bytes) => {
    const result = await verify()
    assert.equal(result.code, 5)
    assert.ok(result.stderr.includes(`img_2_of_4.npz" has 300 bytes, where dlio-s3 generates ${bytes.length}`), result.stderr)
  })
})

test('another seed than the manifest names is said before anything is read', async () => {
  const result = await verify('--seed', '7', '--json')
  assert.equal(result.code, 2)
  assert.match(result.stderr, /holds another data set, so its bytes are others: seed of the content is 0 there and 7 here/)
  assert.match(result.stderr, /it was generated with --seed 0/)
  assert.equal(resultOf(result).summary['bytes_read'], undefined)
})

test('other parameters than the manifest names are said before anything is read', async () => {
  const result = await verify('++workload.dataset.record_length_bytes=10000')
  assert.equal(result.code, 2)
  assert.match(result.stderr, /record_length_bytes is 20000 there and 10000 here/)
})

test('without a manifest only the bytes tell, and a difference says what to check', async () => {
  const manifest = path.join(folder, 'data/quickstart/.dlio-s3.json')
  const text = await readFile(manifest)
  await rm(manifest)
  try {
    const same = await verify('--json')
    assert.equal(same.code, 0, same.stderr)
    assert.match(same.stderr, /has no manifest: whether dlio-s3 wrote it with --seed 0 and these settings only its bytes tell/)
    assert.equal(resultOf(same).summary['bytes_verified'], resultOf(same).summary['bytes_read'])
    const other = await verify('--seed', '7')
    assert.equal(other.code, 5)
    assert.match(other.stderr, /another tool's, or of another --seed than 7, or other workload\.dataset\.\* keys/)
  } finally {
    await writeFile(manifest, text)
  }
})

for (const [what, args, message] of [
  ['a format of one\'s own', ['++workload.reader.reader_classname=test/fixtures/plugins/raw-format.mjs'], /nothing tells whether \S+raw-format\.mjs writes the same bytes each time/],
  ['what its format does not write', ['++workload.dataset.format=hdf5', '++workload.dataset.compression=bz2'], /HDF5 files are written with gzip, lzf or none/],
  ['a run that only generates', ['++workload.workflow.train=False', '++workload.workflow.generate_data=True'], /--verify compares what is read, and \S+ only generates/],
] as const) {
  test(`${what} is refused before anything is started`, async () => {
    const result = await dlio(['run', 'quickstart', ...small, '--verify', '--embedded', '--out', '-', '-q', ...args])
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, message)
    assert.equal(result.stdout, '')
  })
}

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`a store that changes a byte on the way is found out without decoding: ${transport}`, async () => {
    const result = await dlio(['run', 'quickstart', ...small, '--embedded', '--faults', 'wrong-bytes:get@3', '--verify', '--decode', 'none', '--transport', transport, '--out', '-', '--json'])
    assert.equal(result.code, 5, result.stderr)
    assert.match(result.stderr, /is not what dlio-s3 generates: byte \d+ is/)
  })
}
