// Ctrl-C: what was measured is reported, the result says so, and nothing is left behind on the store.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { dlio, resultOf, temporaryFolder, type CliOptions } from '../support/cli.ts'
import { serve } from '../support/served.ts'

const { server, env, requestsOf } = await serve('data')

/** Interrupts the child once the server has seen `count` requests of a kind. */
function whenServed(operation: string, count: number, signal: NodeJS.Signals): NonNullable<CliOptions['onStart']> {
  return async (child) => {
    while (child.exitCode === null && await requestsOf(operation) < count) await new Promise((resolve) => { setImmediate(resolve) })
    child.kill(signal)
  }
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  test(`${signal} during training prints a partial report and exits ${code}`, async (t) => {
    const out = await temporaryFolder(t)
    const served = await requestsOf('GetObject')
    const result = await dlio(['run', 'quickstart', '--target', `s3://data/training-${signal}`, '--out', out, '--json', '-q', '++workload.train.epochs=1000'], { env, onStart: whenServed('GetObject', served + 100, signal) })
    assert.equal(result.code, code, result.stderr)
    const document = resultOf(result)
    assert.equal(document.status, 'interrupted')
    assert.ok(Number(document.summary['steps']) > 0, 'steps that were done are reported')
    const written = JSON.parse(await readFile(path.join(out, 'result.json'), 'utf8')) as { status: string }
    assert.equal(written.status, 'interrupted')
    assert.match(await readFile(path.join(out, 'report.txt'), 'utf8'), /^PARTIAL/)
    assert.match((await readFile(path.join(out, 'events.jsonl'), 'utf8')).trimEnd().split('\n').at(-1)!, /"type":"run-end".*"status":"interrupted"/)
  })
}

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`Ctrl-C during generation with ${transport} leaves no multipart upload, and the next run goes on from there`, async (t) => {
    const prefix = `generation-${transport}`
    const out = await temporaryFolder(t)
    const args = ['run', 'quickstart', '--transport', transport, '--target', `s3://data/${prefix}`, '--json', '-q', '++workload.dataset.num_files_train=12', '++workload.dataset.record_length_bytes=20000000', '++workload.reader.batch_size=4', '++workload.train.epochs=1', '~workload.metric.au']
    const parts = await requestsOf('UploadPart')
    const result = await dlio([...args, '--out', path.join(out, '1')], { env, onStart: whenServed('UploadPart', parts + 7, 'SIGINT') })
    assert.equal(result.code, 130, result.stderr)
    assert.equal(resultOf(result).status, 'interrupted')
    assert.equal((await server.stats()).openUploads, 0, 'an upload was left behind')
    const next = await dlio([...args, '--out', path.join(out, '2')], { env })
    assert.equal(next.code, 0, next.stderr)
    assert.equal(resultOf(next).summary['objects_read'], 12)
  })
}

test('a second signal leaves at once', async (t) => {
  const out = await temporaryFolder(t)
  const result = await dlio(['run', 'quickstart', '--target', 's3://data/second', '--out', out, '++workload.train.epochs=1000'], {
    env,
    onStderr: (child, stderr) => { if (stderr.includes('a second one leaves at once')) child.kill('SIGINT') },
    onStart: whenServed('GetObject', await requestsOf('GetObject') + 50, 'SIGINT'),
  })
  assert.equal(result.code, 130)
})
