// The other direction: TensorFlow reads the records that we write, and we read those that it writes. Runs where python3 has it.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { crc32Hex } from '../../src/format/tensor-values.ts'
import type { DType } from '../../src/format/tensor.ts'
import { tfrecord } from '../../src/format/tfrecord.ts'
import { crc32 } from '../../src/util/crc.ts'
import { countingSource } from './counting-source.ts'
import { encoded, sampleBlock, sampleBytes } from './sample-blocks.ts'

const quiet = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1' }
const python = spawnSync('python3', ['-c', 'import importlib.util, sys; sys.exit(importlib.util.find_spec("tensorflow") is None)'], { timeout: 60_000 })
const skip = python.status === 0 ? false : 'python3 with TensorFlow is not here'

function inPython(program: string, args: readonly string[]): unknown {
  return JSON.parse(execFileSync('python3', ['-c', program, ...args], { encoding: 'utf8', timeout: 100_000, env: quiet, stdio: ['ignore', 'pipe', 'ignore'] }))
}

const reading = `
import json, sys, zlib, tensorflow as tf
features = {'image': tf.io.FixedLenFeature([], tf.string), 'size': tf.io.FixedLenFeature([], tf.int64)}
out = []
for path in sys.argv[1:]:
    records = list(tf.data.TFRecordDataset(path))
    parsed = [tf.io.parse_single_example(record, features) for record in records]
    names = sorted({name for record in records for name in tf.train.Example.FromString(record.numpy()).features.feature})
    out.append({'names': names, 'sizes': [int(each['size']) for each in parsed], 'crcs': [zlib.crc32(each['image'].numpy()) for each in parsed]})
print(json.dumps(out))
`

test('TensorFlow reads the records that we wrote', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dlio-s3-tensorflow-'))
  try {
    const rows: readonly (readonly [shape: readonly number[], dtype: DType, numSamples: number])[] = [
      [[0, 3], 'uint8', 1], [[1, 1], 'uint8', 1], [[3, 5], 'float32', 3], [[10], 'uint8', 100], [[338, 338], 'uint8', 4], [[127], 'uint8', 2], [[128], 'uint8', 2], [[16_384], 'uint8', 2], [[2200, 2300], 'uint8', 1],
    ]
    const cases: { file: string; expected: unknown }[] = []
    for (const [shape, dtype, numSamples] of rows) {
      const block = sampleBlock(shape, dtype, numSamples)
      const file = path.join(folder, `${cases.length}.tfrecord`)
      writeFileSync(file, await encoded(tfrecord, block))
      const samples = Array.from({ length: numSamples }, (_, index) => sampleBytes(block, index))
      cases.push({ file, expected: { names: ['image', 'size'], sizes: samples.map(({ length }) => length), crcs: samples.map((sample) => crc32(sample)) } })
    }
    assert.deepEqual(inPython(reading, cases.map(({ file }) => file)), cases.map(({ expected }) => expected))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const writing = `
import json, sys, tensorflow as tf
def feature(value):
    if isinstance(value, bytes): return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    if isinstance(value[0], float): return tf.train.Feature(float_list=tf.train.FloatList(value=value))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=value))
images = [bytes((31 * i + 7 * n) % 251 for i in range(length)) for n, length in enumerate([0, 1, 5000, 70000])]
for kind in ['', 'GZIP', 'ZLIB']:
    with tf.io.TFRecordWriter(sys.argv[1] + '/images-' + (kind or 'PLAIN') + '.tfrecord', kind) as writer:
        for image in images:
            writer.write(tf.train.Example(features=tf.train.Features(feature={'image': feature(image), 'size': feature([len(image)]), 'height': feature([1.5, 2.5])})).SerializeToString())
with tf.io.TFRecordWriter(sys.argv[1] + '/floats.tfrecord') as writer:
    writer.write(tf.train.Example(features=tf.train.Features(feature={'x': feature([1.5, -2.0, 3.25])})).SerializeToString())
print(json.dumps(len(images)))
`

test('we read the records that TensorFlow wrote', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dlio-s3-tensorflow-'))
  try {
    assert.equal(inPython(writing, [folder]), 4)
    const images = [0, 1, 5000, 70_000].map((length, n) => Uint8Array.from({ length }, (_, i) => (31 * i + 7 * n) % 251))
    const files = readdirSync(folder).filter((name) => name.startsWith('images-'))
    assert.equal(files.length, 3)
    for (const file of files) {
      const bytes = readFileSync(path.join(folder, file))
      for (const source of [bytesSource(file, bytes), countingSource(file, bytes)]) {
        const reader = await tfrecord.open(source, { numSamples: 0 })
        assert.equal(reader.numSamples, images.length, file)
        for (const index of [3, 0, 2, 1]) assert.deepEqual(Buffer.from(await bytesOf(reader.readSample(index))), Buffer.from(images[index]!), `${file}, record ${index}`)
      }
    }
    const floats = await (await tfrecord.open(bytesSource('floats', readFileSync(path.join(folder, 'floats.tfrecord'))), { numSamples: 1 })).readSample(0)
    assert.deepEqual([floats.dtype, floats.shape, crc32Hex(floats)], ['float32', [3], crc32(new Uint8Array(Float32Array.of(1.5, -2, 3.25).buffer)).toString(16).padStart(8, '0')])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

async function bytesOf(sample: ReturnType<Awaited<ReturnType<typeof tfrecord.open>>['readSample']>): Promise<Uint8Array> {
  const { bytes, offset, shape } = await sample
  return bytes.subarray(offset, offset + shape[0]!)
}
