// Readers that look at bytes while they come: what they are told is there, is there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../../src/storage/index.ts'
import { KiB, MiB } from '../../../src/util/units.ts'
import { bytesOf } from '../conformance.ts'
import { partial, startRawServer, text } from './raw-server.ts'

const size = 3 * MiB
const content = bytesOf(size)

test('direct tells how much of a body is there, in pieces, and begins again where the read does', async (context) => {
  const server = await startRawServer(({ socket, index }) => {
    if (index === 0) socket.write(text('503 Slow Down', '<Error><Code>SlowDown</Code></Error>'))
    else if (index === 1) socket.write(Buffer.concat([Buffer.from(partial(0, size)), content.subarray(0, MiB)]), () => { socket.destroy() })
    else socket.write(Buffer.concat([Buffer.from(partial(0, size)), content]))
  })
  const store = await openStore(server.spec({ maxAttempts: 4 }))
  context.after(async () => {
    await store.close()
    await server.close()
  })
  const into = new Uint8Array(size)
  const attempts: number[][] = []
  await store.read('key', { offset: 0, length: size }, into, {
    onFilled: (filled) => {
      if (filled === 0) attempts.push([])
      assert.ok(Buffer.from(into.buffer, 0, filled).equals(content.subarray(0, filled)), `${filled} bytes`)
      // Of an attempt before, nothing is taken for this one's.
      if (filled === 0) into.fill(0)
      attempts.at(-1)!.push(filled)
    },
  })
  assert.equal(attempts.length, 2, 'nothing is told of the body of an error')
  for (const told of attempts) {
    for (const [index, filled] of told.entries()) assert.ok(index === 0 || (filled > told[index - 1]! && filled - told[index - 1]! <= 320 * KiB), String(told))
  }
  assert.ok(attempts[0]!.at(-1)! <= MiB && attempts[0]!.length > 1)
  assert.equal(attempts[1]!.at(-1), size)
  assert.deepEqual(Buffer.from(into), Buffer.from(content))
})
