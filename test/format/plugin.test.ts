import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { loadFormat } from '../../src/format/index.ts'
import { npz } from '../../src/format/npz.ts'
import { wrongMembers, type PluginUrl } from '../../src/format/plugin.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { encoded, sampleBlock, sampleBytes } from './sample-blocks.ts'

const urlOf = (name: string): PluginUrl => pathToFileURL(fixture('plugins', name)).href as PluginUrl

class Inherited {
  readonly name = 'inherited'
  open(): void { /* a method of a class is enough */ }
  encode(): void { /* likewise */ }
  encodedSize(): void { /* likewise */ }
  inspect(): void { /* likewise */ }
}

for (const [what, value, wrong] of [
  ['nothing', undefined, ['it exports neither a default nor a `format`']],
  ['a function', () => 1, ['it exports a function where an object is wanted']],
  ['an empty object', {}, ['name is missing', 'open is missing', 'encode is missing', 'encodedSize is missing', 'inspect is missing']],
  ['wrong kinds', { ...npz, name: 7, inspect: true, hasRanges: 1, encodeInto: 1, companions: [] }, ['name is a number', 'inspect is a boolean', 'hasRanges is a number', 'encodeInto is a number', 'companions is a object']],
  ['a built-in format', npz, []],
  ['an instance of a class', new Inherited(), []],
] as const) {
  test(`of ${what}, ${wrong.length} members are wrong`, () => {
    const found = wrongMembers(value)
    assert.equal(found.length, wrong.length, found.join())
    for (const [index, words] of wrong.entries()) assert.ok(found[index]!.startsWith(words), found[index])
  })
}

for (const [file, words] of [
  ['nothing.mjs', ['neither a default nor']],
  ['incomplete.mjs', ['encode is a string (wanted: a function)', 'encodedSize is missing', 'inspect is missing', 'hasRanges is a string']],
  ['throws.mjs', ['cannot be loaded: this module cannot be loaded']],
  ['absent.mjs', ['cannot be loaded']],
] as const) {
  test(`${file} is a usage Fault that says what is wrong`, async () => {
    await assert.rejects(loadFormat(urlOf(file)), (error) => isFault(error, 'usage') && error.info.key === 'reader.reader_classname' && words.every((each) => error.message.includes(each)))
  })
}

test('the example gives back what it was given', async () => {
  const format = await loadFormat(urlOf('raw-format.mjs'))
  const block = sampleBlock([5, 7], 'float32', 3)
  const bytes = await encoded(format, block)
  const reader = await format.open(bytesSource('k', bytes), { numSamples: 3 })
  assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(2))), Buffer.from(sampleBytes(block, 2)))
})
