// Listings that come in no order, made into ones that do.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listDirectoryBucket, type DirectoryListing } from '../../src/storage/directory-listing.ts'
import type { ListOptions } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'

/** What is listed of `pages` of keys, page by page, and what was asked for. */
async function listed(pages: readonly (readonly string[])[], prefix: string, options: ListOptions = {}, tokens?: readonly string[]): Promise<{ found: string[][]; asked: string[] }> {
  const asked: string[] = []
  let number = 0
  const ask: DirectoryListing['ask'] = async (folder, token) => {
    asked.push(`${folder} ${token ?? '-'}`)
    const keys = pages[number++] ?? []
    return { objects: keys.map((key) => ({ key, size: 1 })), ...(number < pages.length ? { next: tokens?.[number - 1] ?? `t${number}` } : {}) }
  }
  const found: string[][] = []
  for await (const page of listDirectoryBucket({ ask, name: 's3://b', context: { operation: 'list' } }, prefix, options)) found.push(page.map(({ key }) => key))
  return { found, asked }
}

describe('listDirectoryBucket', () => {
  for (const [name, pages, prefix, options, found, asked] of [
    ['nothing', [[]], '', {}, [], [' -']],
    ['several pages are one order', [['c', 'a'], [], ['b', '\u{1f389}', '\uffee']], '', {}, [['a', 'b', 'c', '\uffee', '\u{1f389}']], [' -', ' t1', ' t2']],
    ['a folder', [['d/2', 'd/1']], 'd/', {}, [['d/1', 'd/2']], ['d/ -']],
    ['a prefix that ends within a name is looked for in its folder', [['d/e/x', 'd/ef', 'd/f']], 'd/e', {}, [['d/e/x', 'd/ef']], ['d/ -']],
    ['one that is no folder at all', [['b', 'ab', 'aa']], 'a', {}, [['aa', 'ab']], [' -']],
    ['what comes after a key', [['c', 'a'], ['b']], '', { startAfter: 'a' }, [['b', 'c']], [' -', ' t1']],
    ['pages of two', [['c', 'a', 'e'], ['b', 'd']], '', { pageSize: 2 }, [['a', 'b'], ['c', 'd'], ['e']], [' -', ' t1']],
  ] as const) {
    test(name, async () => { assert.deepEqual(await listed(pages, prefix, options), { found, asked }) })
  }
  test('a token that was there before is a protocol Fault, not an endless listing', async () => {
    await assert.rejects(listed([['a'], ['b'], ['c'], ['d']], '', {}, ['x', 'y', 'x']), (error) => isFault(error, 'storage') && error.info.reason === 'protocol')
  })
  test('a key twice is a protocol Fault', async () => {
    await assert.rejects(listed([['a', 'b'], ['a']], ''), (error) => isFault(error, 'storage') && error.info.reason === 'protocol' && error.message.includes('"a" twice'))
  })
  test('a stop is noticed between pages', async () => {
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(listed([['a']], '', { signal: controller.signal }), (error) => isFault(error, 'aborted'))
  })
})
