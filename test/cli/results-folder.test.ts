import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { mkdir, open, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openEventLog } from '../../src/cli/event-log.ts'
import { folderName, openResultsFolder, writeWhole } from '../../src/cli/results-folder.ts'
import type { RunEvent } from '../../src/metrics/events.ts'
import { isFault } from '../../src/util/fault.ts'
import { temporaryFolder } from '../support/cli.ts'

test('a folder is named by time, workload and chance', () => {
  assert.match(folderName('my/unet 3d', Date.UTC(2026, 10, 22, 21, 30)), /^20261122T213000Z-my_unet_3d-[\da-f]{4}$/)
})

test('a named folder that holds an older result is cleared of it, and of nothing else', async (t) => {
  const folder = await temporaryFolder(t)
  const older = ['result.json', 'events.jsonl', 'summary.json', '0_output.json', '13_per_epoch_stats.json', 'dlio.log', 'report.txt']
  for (const name of [...older, 'mine.json', 'x_output.json']) await writeFile(path.join(folder, name), name === 'result.json' ? '{ "schema": "dlio-s3/result@1" }' : '')
  assert.equal(await openResultsFolder(folder, 'w', 0), folder)
  assert.deepEqual((await readdir(folder)).toSorted(), ['mine.json', 'x_output.json'])
})

for (const names of [['result.json'], ['summary.json', '0_output.json'], ['dlio.log', 'events.jsonl']]) {
  test(`a folder with ${names.join(' and ')} of somebody else is refused and left as it is`, async (t) => {
    const folder = await temporaryFolder(t)
    for (const name of names) await writeFile(path.join(folder, name), '{}')
    await assert.rejects(openResultsFolder(folder, 'w', 0), (error) => isFault(error, 'usage') && error.message.includes('not from a run'))
    assert.deepEqual((await readdir(folder)).toSorted(), names.toSorted())
  })
}

test('what a killed run left, its event log, gives way', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(path.join(folder, 'events.jsonl'), '')
  await openResultsFolder(folder, 'w', 0)
  assert.deepEqual(await readdir(folder), [])
})

test('a file in the folder\'s place is a usage Fault that names it', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(path.join(folder, 'out'), '')
  await assert.rejects(openResultsFolder(path.join(folder, 'out'), 'w', 0), (error) => isFault(error, 'usage') && error.message.includes('out') && error.hint !== undefined)
})

test('a folder that a file system will not have is a usage Fault', { skip: existsSync('/proc/self') ? false : 'there is no /proc', timeout: 10_000 }, async () => {
  await assert.rejects(openResultsFolder('/proc/dlio/out', 'w', 0), (error) => isFault(error, 'usage') && error.message === '/proc/dlio/out cannot be written: /proc lets no folder be made in it')
})

test('a log that the disk does not take ends with a usage Fault, and what was waiting is written', { skip: process.platform === 'win32' ? 'there are no named pipes' : false, timeout: 30_000 }, async (t) => {
  const file = path.join(await temporaryFolder(t), 'events.jsonl')
  execFileSync('mkfifo', [file])
  // A pipe that somebody holds open and does not read is a disk that takes nothing.
  const reader = await open(file, constants.O_RDWR | constants.O_NONBLOCK)
  const log = await openEventLog(file, { waiting: 2 ** 20 })
  const event: RunEvent = { type: 'warning', at: 0, message: 'w'.repeat(1000) }
  for (let i = 0; i < 5000; i++) log.write(event)
  const closing = assert.rejects(log.close(), (error) => isFault(error, 'usage') && /slower than the run, and 1\.\d+ MiB of events are waiting/.test(error.message))
  const state = { taken: 0, isOver: false }
  const ended = closing.finally(() => { state.isOver = true })
  const piece = Buffer.alloc(2 ** 16)
  for (;;) {
    // Asked before it is read: what is in the pipe then is all that comes.
    const { isOver } = state
    const taken = await reader.read(piece).then(({ bytesRead }) => bytesRead, async () => { await nextTurn(); return 0 })
    state.taken += taken
    if (isOver && taken === 0) break
  }
  await ended
  await reader.close()
  assert.ok(state.taken > 2 ** 20 && state.taken < 2 ** 21, `${state.taken} bytes`)
})

test('a file that cannot take its place is a usage Fault, and its temporary file is gone', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(path.join(folder, 'result.json'))
  await assert.rejects(writeWhole(path.join(folder, 'result.json'), '{}'), (error) => isFault(error, 'usage'))
  assert.deepEqual(await readdir(folder), ['result.json'])
})

test('an event log that cannot be opened is a usage Fault', async (t) => {
  await assert.rejects(openEventLog(path.join(await temporaryFolder(t), 'absent', 'events.jsonl')), (error) => isFault(error, 'usage'))
})

test('an event log whose disk is full is noticed', { skip: process.platform !== 'linux' && 'needs /dev/full' }, async () => {
  const log = await openEventLog('/dev/full')
  log.write({ type: 'warning', at: 0, message: 'x' })
  await assert.rejects(log.close(), (error) => isFault(error, 'usage') && /No space|ENOSPC/i.test(error.message))
})
