// Whole runs whose figures follow from arithmetic.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import type { RunEvent } from '../../src/metrics/events.ts'
import { dlio, resultOf, temporaryFolder } from '../support/cli.ts'

async function eventsOf(folder: string): Promise<RunEvent[]> {
  return (await readFile(path.join(folder, 'events.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as RunEvent)
}

/** The sample numbers of [first, count, …] runs. */
function samplesOf(runs: readonly number[]): number[] {
  const samples: number[] = []
  for (let i = 0; i < runs.length; i += 2) for (let k = 0; k < runs[i + 1]!; k++) samples.push(runs[i]! + k)
  return samples
}

/** Compute time over time, by hand: the steps after the first of each epoch, over all from their begin to their end. */
function auPercentOf(events: readonly RunEvent[]): number {
  let compute = 0
  let span = 0
  for (const epoch of [1, 2, 3]) {
    const steps = events.filter((event) => event.type === 'step').filter((step) => step.epoch === epoch && step.step > 1)
    compute += steps.reduce((sum, step) => sum + step.computeEndAt - step.computeBeginAt, 0)
    span += steps.at(-1)!.barrierEndAt - steps[0]!.loadBeginAt
  }
  return 100 * compute / span
}

test('50 ms of compute against a store that keeps up: AU is what the steps say, and within one point of 100 %', async (t) => {
  const figures: number[] = []
  // What else runs on the machine can only lower it, so the best of up to three runs is the one to judge.
  for (let attempt = 1; attempt <= 3 && !figures.some((au) => au >= 99); attempt++) {
    const out = await temporaryFolder(t)
    const result = await dlio(['run', 'quickstart', '--embedded', '--json', '--out', out, '++workload.train.epochs=3', '++workload.train.computation_time=0.05', '++workload.dataset.num_files_train=96'])
    assert.equal(result.code, 0, result.stderr)
    const { summary } = resultOf(result)
    const au = Number(summary['au_percent'])
    assert.ok(Math.abs(au - auPercentOf(await eventsOf(out))) < 0.01)
    assert.ok(au <= 100)
    figures.push(au)
    const dlioSummary = JSON.parse(await readFile(path.join(out, 'summary.json'), 'utf8')) as { metric: { train_au_percentage: number[] } }
    assert.equal(dlioSummary.metric.train_au_percentage.length, 3)
  }
  assert.ok(Math.max(...figures) >= 99, `AU is ${figures.join(', ')}`)
})

test('64 accelerators, 10 000 small files, 3 epochs: every sample exactly once per epoch, and no growth of memory', async (t) => {
  const out = await temporaryFolder(t)
  const overrides = ['num_files_train=10000', 'record_length_bytes=256'].map((text) => `++workload.dataset.${text}`)
  const result = await dlio(['run', 'quickstart', '--embedded', '--json', '--out', out, '--accelerators', '64', ...overrides,
    '++workload.reader.batch_size=4', '++workload.reader.sample_shuffle=seed', '++workload.train.epochs=3', '++workload.train.computation_time=0', '~workload.metric.au'])
  assert.equal(result.code, 0, result.stderr)
  const events = await eventsOf(out)
  const steps = Math.floor(10_000 / (4 * 64))
  const orders: string[] = []
  for (const epoch of [1, 2, 3]) {
    const batches = events.filter((event) => event.type === 'batch').filter((batch) => batch.epoch === epoch)
    const samples = batches.flatMap((batch) => samplesOf(batch.sampleRuns))
    assert.equal(samples.length, steps * 4 * 64)
    assert.equal(new Set(samples).size, samples.length, `epoch ${epoch} read a sample twice`)
    assert.ok(samples.every((sample) => sample >= 0 && sample < 10_000))
    assert.equal(events.filter((event) => event.type === 'step').filter((step) => step.epoch === epoch).length, steps * 64)
    orders.push(samples.slice(0, 50).join())
  }
  assert.equal(new Set(orders).size, 3, 'epochs are shuffled alike')
  const memory = events.filter((event) => event.type === 'epoch-end')
  // The server's objects and the first epoch's buffers are there after epoch 1; what grows after it would be a leak.
  const growth = memory.at(-1)!.rssBytes - memory[0]!.rssBytes
  assert.ok(growth < 64 * 2 ** 20, `memory grew by ${growth} bytes in two epochs`)
})

test('evaluation and preprocessing run, and DLIO\'s files have their keys', async (t) => {
  const out = await temporaryFolder(t)
  const result = await dlio(['run', 'quickstart', '--embedded', '-q', '--out', out, '++workload.workflow.evaluation=true', '++workload.dataset.num_files_eval=8', '++workload.reader.batch_size_eval=2',
    '++workload.evaluation.eval_time=0.001', '++workload.reader.preprocess_time=0.0005', '++workload.train.epochs=2', '~workload.metric.au'])
  assert.equal(result.code, 0, result.stderr)
  const output = JSON.parse(await readFile(path.join(out, '0_output.json'), 'utf8')) as Record<string, { load: Record<string, number[]> }>
  assert.equal(output['2']!.load['block1']!.length, 16)
  assert.equal(output['2']!.load['eval']!.length, 4)
})

test('train.total_training_steps caps every epoch', async (t) => {
  const result = await dlio(['run', 'quickstart', '--embedded', '--json', '--out', await temporaryFolder(t), '++workload.train.total_training_steps=3', '~workload.metric.au'])
  assert.equal(result.code, 0, result.stderr)
  assert.equal(resultOf(result).summary['steps'], 6)
})

test('--decode none fetches the same bytes and decodes nothing', async (t) => {
  const run = async (how: string): Promise<Record<string, number | string>> => {
    const result = await dlio(['run', 'quickstart', '--embedded', '--json', '--out', await temporaryFolder(t), '--decode', how])
    assert.equal(result.code, 0, result.stderr)
    return resultOf(result).summary
  }
  const [full, none] = [await run('full'), await run('none')]
  assert.equal(none['bytes_read'], full['bytes_read'])
  assert.ok(Number(full['decode_seconds']) > 0)
  assert.equal(none['decode_seconds'] ?? 0, 0)
})

test('a memory limit below one object is told and kept to one at a time; S3 flags beside a folder are told', async (t) => {
  const folder = await temporaryFolder(t)
  const result = await dlio(['run', 'quickstart', '--target', path.join(folder, 'data'), '--region', 'eu-west-1', '--memory-limit', '1KiB', '--json', '--out', '-', '++workload.train.computation_time=0', '~workload.metric.au'], { cwd: folder })
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stderr, /do not fit the memory limit of 1\.00 KiB/)
  assert.match(result.stderr, /--region has no effect/)
  assert.equal(resultOf(result).summary['samples'], 128)
})

test('a goal that nothing was measured for is exit code 8, not a success', async (t) => {
  const result = await dlio(['run', 'quickstart', '--embedded', '--out', await temporaryFolder(t), '--accelerators', '16', '++workload.train.computation_time=0.0001'])
  assert.equal(result.code, 8, result.stderr)
  assert.match(result.stdout, /^NOT JUDGED/)
})

test('a goal that is not met is exit code 6, and the report says so', async (t) => {
  const result = await dlio(['run', 'quickstart', '--embedded', '--out', await temporaryFolder(t), '++workload.metric.au=1.0', '++workload.train.computation_time=0.0001'])
  assert.equal(result.code, 6, result.stderr)
  assert.match(result.stdout, /^FAIL/)
})
