import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { suite, test } from 'node:test'
import { runLanes, type Lane } from '../../src/util/lanes.ts'
import { abortedFault, isFault, throwIfAborted } from '../../src/util/fault.ts'

/** Ends only when it is told to. */
const waiting: Lane = async (signal) => {
  await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }) })
  throwIfAborted(signal)
}

const quick: Lane = async () => {}

const failing = (message: string): Lane => async () => { throw new Error(message) }

suite('runLanes', () => {
  for (const count of [0, 1, 5]) {
    test(`${count} lanes that end well`, async () => {
      let ended = 0
      await runLanes(Array.from({ length: count }, (): Lane => async () => { ended++ }))
      assert.equal(ended, count)
    })
  }

  test('the first failure ends the others and is the one told', async () => {
    let ended = 0
    const other: Lane = async (signal) => { try { await waiting(signal) } finally { ended++ } }
    await assert.rejects(runLanes([other, failing('first'), other, failing('second')]), /first/)
    assert.equal(ended, 2)
  })

  test('a lane that throws before its first await fails like any other', async () => {
    await assert.rejects(runLanes([waiting, () => { throw new TypeError('bug') }]), TypeError)
  })

  test('undefined can be thrown', async () => {
    await assert.rejects(runLanes([async () => { throw undefined }]), (error) => error === undefined)
  })

  test('lanes learn why they were stopped', async () => {
    const controller = new AbortController()
    const stopped = runLanes([waiting, waiting], controller.signal)
    controller.abort(abortedFault('SIGINT'))
    await assert.rejects(stopped, (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT')
  })

  test('a signal that was aborted before is seen at once', async () => {
    const seen: boolean[] = []
    await runLanes([async (signal) => { seen.push(signal.aborted) }], AbortSignal.abort(abortedFault()))
    assert.deepEqual(seen, [true])
  })

  for (const lane of [quick, failing('no')]) {
    test(`nothing listens afterwards: ${lane === quick ? 'no failure' : 'a failure'}`, async () => {
      const controller = new AbortController()
      await runLanes([lane], controller.signal).catch(() => {})
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    })
  }

  test('twenty lanes may listen: no warning', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => { warnings.push(warning) }
    process.on('warning', onWarning)
    const controller = new AbortController()
    const stopped = runLanes(Array.from({ length: 20 }, () => waiting), controller.signal)
    controller.abort(abortedFault())
    await assert.rejects(stopped)
    // Warnings are emitted on the next tick.
    await new Promise((resolve) => { setImmediate(resolve) })
    process.off('warning', onWarning)
    assert.deepEqual(warnings, [])
  })
})
