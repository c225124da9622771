// Buckets that make versions: writes tell theirs, and that one alone is deleted. Through each transport, against the built-in server and odd answers.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ListObjectVersionsCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { parseVersions } from '../../src/storage/s3/versions.ts'
import type { ObjectStore, ObjectVersion } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf, readAll } from './conformance.ts'
import { startRawServer, text } from './s3/raw-server.ts'
import { specFor } from './s3-under-test.ts'

const Bucket = 'test-bucket'
const order = ({ key, version }: ObjectVersion): string => key + version

interface Served { readonly store: ObjectStore; readonly server: RunningServer; readonly client: S3Client; readonly all: () => Promise<string[]> }

async function withServed(transport: 'direct' | 'undici' | 'sdk', faults: string | undefined, use: (served: Served) => Promise<void>): Promise<void> {
  const server = await startServer({ buckets: [Bucket], versioned: true, ...(faults === undefined ? {} : { faults }) })
  const store = await openStore(specFor(server, { transport }))
  const client = new S3Client({ endpoint: server.endpoint, region: server.region, credentials: server.credentials, forcePathStyle: true })
  const all = async (): Promise<string[]> => {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
    return [...Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`), ...DeleteMarkers.map(({ Key, VersionId }) => `${Key} deleted ${VersionId}`)]
  }
  try {
    await use({ store, server, client, all })
  } finally {
    client.destroy()
    await store.close()
    await server.close()
  }
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`versions through ${transport}`, () => {
    for (const [kind, size] of [['one PUT', 10], ['an upload in parts', 11 * MiB]] as const) {
      test(`${kind} tells its version; deleted, the one before is there again`, async () => {
        await withServed(transport, undefined, async ({ store, all }) => {
          const first = await store.write('a key/ü', bytesOf(5))
          const second = await store.write('a key/ü', bytesOf(size))
          assert.deepEqual(await all(), [`a key/ü ${second.version}`, `a key/ü ${first.version}`])
          assert.equal((await store.head('a key/ü')).version, second.version)
          await store.versions!.delete([{ key: 'a key/ü', version: second.version! }])
          assert.deepEqual(await all(), [`a key/ü ${first.version}`])
          assert.deepEqual(await readAll(store, 'a key/ü', 5), bytesOf(5))
        })
      })
    }
    test('a key that is deleted gets a delete marker, which is told and can be deleted', async () => {
      await withServed(transport, undefined, async ({ store, all }) => {
        const { version } = await store.write('k', bytesOf(5))
        const [one] = await store.delete(['k'])
        const both = await store.delete(['k', 'l'])
        assert.deepEqual([one!.key, ...both.map(({ key }) => key)], ['k', 'k', 'l'])
        assert.deepEqual(new Set(await all()), new Set([`k ${version}`, ...[one!, ...both].map((marker) => `${marker.key} deleted ${marker.version}`)]))
        await store.versions!.delete([one!, ...both])
        assert.deepEqual(await all(), [`k ${version}`])
      })
    })
    test('the listing has versions and delete markers of the prefix, and no others', async () => {
      await withServed(transport, undefined, async ({ store }) => {
        assert.deepEqual(await store.versions!.list(''), [])
        const wanted: ObjectVersion[] = []
        for (const key of ['f/a &<', 'f/a &<', 'f/%2B+ü', 'f/\u0001']) wanted.push({ key, version: (await store.write(key, bytesOf(1))).version! })
        await store.write('g', bytesOf(1))
        wanted.push(...await store.delete(['f/a &<']))
        assert.deepEqual((await store.versions!.list('f/')).map(order).toSorted(), wanted.map(order).toSorted())
        await store.versions!.delete(wanted)
        assert.deepEqual(await store.versions!.list('f/'), [])
        assert.equal((await store.versions!.list('g')).length, 1)
      })
    })
    test('where versions are suspended the version is null, and older ones stay', async () => {
      await withServed(transport, undefined, async ({ store, client, all }) => {
        const kept = await store.write('k', bytesOf(5))
        await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
        assert.equal((await store.write('k', bytesOf(6))).version, 'null')
        const markers = await store.delete(['k'])
        assert.deepEqual(markers, [{ key: 'k', version: 'null' }])
        await store.versions!.delete(markers)
        assert.deepEqual(await all(), [`k ${kept.version}`])
      })
    })
    test('an upload that lost a part is removed without a delete marker, and what was there before stays', async () => {
      await withServed(transport, 'lost-part@1', async ({ store, all }) => {
        const kept = await store.write('k', bytesOf(5))
        await assert.rejects(store.write('k', bytesOf(11 * MiB)), (error) => isFault(error, 'storage') && error.info.reason === 'corrupt' && error.hint!.includes('it was removed'))
        assert.deepEqual(await all(), [`k ${kept.version}`])
      })
    })
    test('versions that cannot be deleted are a Fault with the key in it', async () => {
      const refusal = '<Error><Key>b</Key><VersionId>2</VersionId><Code>AccessDenied</Code><Message>locked</Message></Error>'
      const server = await startRawServer(({ socket }) => { socket.write(text('200 OK', `<DeleteResult><Deleted><Key>a</Key><VersionId>1</VersionId></Deleted>${refusal}</DeleteResult>`)) })
      const store = await openStore(server.spec({ transport }))
      try {
        await assert.rejects(store.versions!.delete([{ key: 'a', version: '1' }, { key: 'b', version: '2' }]), (error) => isFault(error, 'storage') && error.info.reason === 'denied' && error.info.key === 'b')
        assert.match(server.requests[0]!.body.toString(), /<Object><Key>a<\/Key><VersionId>1<\/VersionId><\/Object>/)
      } finally {
        await store.close()
        await server.close()
      }
    })
    test('a delete marker without an id is a null one, as MinIO tells it', async () => {
      const document = '<DeleteResult><Deleted><DeleteMarker>true</DeleteMarker><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted><Deleted><DeleteMarker>true</DeleteMarker><Key>c</Key><VersionId>2</VersionId></Deleted></DeleteResult>'
      const server = await startRawServer(({ head, socket }) => { socket.write(head.startsWith('POST') ? text('200 OK', document) : 'HTTP/1.1 204 No Content\r\nx-amz-delete-marker: true\r\n\r\n') })
      const store = await openStore(server.spec({ transport }))
      try {
        assert.deepEqual(await store.delete(['a', 'b', 'c']), [{ key: 'a', version: 'null' }])
        assert.deepEqual(await store.delete(['a']), [{ key: 'a', version: 'null' }])
      } finally {
        await store.close()
        await server.close()
      }
    })
    test('a store that lists objects where versions are asked for is told so', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(text('200 OK', '<html>hello</html>')) })
      const store = await openStore(server.spec({ transport }))
      try {
        await assert.rejects(store.versions!.list(''), (error) => isFault(error, 'storage') && error.info.reason === 'protocol')
      } finally {
        await store.close()
        await server.close()
      }
    })
  })
}

const pages: readonly (readonly [name: string, xml: string, versions: readonly ObjectVersion[] | undefined])[] = [
  ['no text', '', undefined],
  ['a listing of objects', '<ListBucketResult></ListBucketResult>', undefined],
  ['none', '<ListVersionsResult xmlns="x"><IsTruncated>false</IsTruncated></ListVersionsResult>', []],
  ['one without an id', '<ListVersionsResult><Version><Key>a</Key></Version></ListVersionsResult>', undefined],
  ['one whose key is wrongly encoded', '<ListVersionsResult><EncodingType>url</EncodingType><Version><Key>%G</Key><VersionId>1</VersionId></Version></ListVersionsResult>', undefined],
  ['both kinds', '<ListVersionsResult><DeleteMarker><Key>a&amp;</Key><VersionId>2</VersionId></DeleteMarker><Version><Key>a&amp;</Key><VersionId>null</VersionId></Version></ListVersionsResult>', [{ key: 'a&', version: 'null' }, { key: 'a&', version: '2' }]],
]
for (const [name, xml, versions] of pages) test(`a page of versions: ${name}`, () => { assert.deepEqual(parseVersions(xml), versions) })
