// What a refusal says to do, through every transport.

import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { refusalFault } from '../../src/storage/s3/errors.ts'
import { listAll, readAll } from './conformance.ts'
import { errorXml, startRawServer, text } from './s3/raw-server.ts'

async function refused(spec: Partial<S3Spec>, status: string, xml: string, call: (store: ObjectStore) => Promise<unknown>): Promise<Fault<'storage' | 'credentials'>> {
  const server = await startRawServer(({ socket }) => { socket.write(text(status, xml)) })
  const { credentials: _, ...unsigned } = server.spec()
  const store = await openStore({ ...('credentials' in spec ? unsigned : server.spec()), ...spec })
  try {
    const error: unknown = await call(store).then(() => assert.fail('it did not fail'), (failure: unknown) => failure)
    assert.ok(isFault(error, 'storage', 'credentials'), String(error))
    assert.ok(!('isUnsigned' in error.info))
    return error
  } finally {
    await store.close()
    await server.close()
  }
}

const read = (store: ObjectStore): Promise<unknown> => readAll(store, 'key', 3)
const head = (store: ObjectStore): Promise<unknown> => store.head('key')
const list = (store: ObjectStore): Promise<unknown> => listAll(store, '')
const write = (store: ObjectStore): Promise<unknown> => store.write('key', new Uint8Array(3))

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`refusals through ${transport}`, () => {
    const unsigned = { transport, credentials: undefined as never }
    for (const [name, call, status, xml, hint] of [
      ['list', list, '403 Forbidden', errorXml('AccessDenied'), /^the bucket does not let anonymous requests list it: leave out --no-sign-request and give credentials, or have its owner allow s3:ListBucket to everybody$/],
      ['read', read, '403 Forbidden', errorXml('AccessDenied'), /^the bucket does not let anonymous requests read this object: .* s3:GetObject to everybody$/],
      ['head, without a text', head, '403 Forbidden', '', /^the bucket does not let anonymous requests read this object: /],
      ['write', write, '403 Forbidden', errorXml('AccessDenied'), /^the bucket does not let anonymous requests write to it: .* s3:PutObject to everybody$/],
      ['write, where it is said in another way', write, '403 Forbidden', errorXml('MissingSecurityHeader'), /^the bucket does not let anonymous requests write to it: /],
    ] as const) {
      test(`anonymous ${name}`, async () => { assert.match((await refused(unsigned, status, xml, call)).hint ?? '', hint) })
    }
    test('a signed one is told its permission', async () => {
      assert.equal((await refused({ transport }, '403 Forbidden', errorXml('AccessDenied'), list)).hint, 'the credentials need s3:ListBucket on arn:aws:s3:::bucket')
    })

    test('a token of another key', async () => {
      assert.match((await refused({ transport }, '400 Bad Request', errorXml('InvalidToken'), list)).hint ?? '', /^the session token is not one of the access key: set AWS_SESSION_TOKEN /)
    })
    test('an anonymous look that is refused without a word has no session', async () => {
      assert.match((await refused(unsigned, '400 Bad Request', '', head)).hint ?? '', /^the object may be encrypted with a customer's key/)
    })
    test('a look for the bucket that is refused without a word', async () => {
      assert.match((await refused({ transport }, '400 Bad Request', '', (store) => store.createContainer())).hint ?? '', /^the session may have expired, or its token not be right: log in again; else the store may not support/)
    })

    for (const [what, end] of [['is closed', (socket: Socket) => { socket.end() }], ['is reset', (socket: Socket) => { socket.resetAndDestroy() }]] as const) {
      test(`a connection that ${what} without a word: the port may speak TLS`, async () => {
        const server = await startRawServer(({ socket }) => { end(socket) })
        const store = await openStore({ ...server.spec(), transport, maxAttempts: 1 })
        try {
          await assert.rejects(head(store), (error) => isFault(error, 'storage') && error.info.reason === 'truncated' && /the port may speak TLS: write https:\/\/ in the endpoint/.test(error.hint ?? ''))
        } finally {
          await store.close()
          await server.close()
        }
      })
    }

    for (const [more, kind] of [['<StorageClass>GLACIER</StorageClass>', ' (GLACIER)'], ['', '']] as const) {
      test(`an archived object${kind}`, async () => {
        const { message, hint } = await refused({ transport }, '403 Forbidden', errorXml('InvalidObjectState', more), read)
        assert.match(message, new RegExp(`^cannot read "key": it is archived${kind.replace('(', '\\(').replace(')', '\\)')} and cannot be read before it is restored; http://\\S+ answered 403 InvalidObjectState$`))
        assert.equal(hint, 'restore it and wait until that is done: aws s3api restore-object --bucket bucket --key "key" --restore-request Days=1\nor leave it out: move it away from the prefix of the data set')
      })
    }

    for (const [name, status, xml] of [
      ['in its text', '400 Bad Request', '<Error><Code>InvalidRequest</Code><Message>x-amz-checksum-crc32 is not supported</Message></Error>'],
      ['as a header', '501 Not Implemented', errorXml('NotImplemented', '<Header>x-amz-sdk-checksum-algorithm</Header>')],
      ['as an argument', '400 Bad Request', errorXml('InvalidArgument', '<ArgumentName>x-amz-checksum-crc32</ArgumentName>')],
    ] as const) {
      test(`a checksum that is refused, named ${name}`, async () => {
        const { message, hint } = await refused({ transport, checksum: 'crc32' }, status, xml, write)
        assert.match(message, /^cannot write "key": .*checksum/)
        assert.equal(hint, 'the store does not take checksums of this kind: leave them out with --checksum none (storage_options.checksum), or try another kind')
      })
    }
    test('another header that is refused', async () => {
      const { message, hint } = await refused({ transport }, '501 Not Implemented', errorXml('NotImplemented', '<Header>x-amz-storage-class</Header>'), write)
      assert.match(message, /about NotImplemented \(x-amz-storage-class\)$/)
      assert.match(hint ?? '', /the store may not support this request/)
    })
    for (const [status, body, reason] of [
      ['500 Internal Server Error', '<!doctype html><html lang=en><title>500</title><h1>Sorry</h1><hr>', 'server'],
      ['502 Bad Gateway', '<html><br></html>', 'server'],
      ['503 Service Unavailable', 'busy & closed', 'throttled'],
      ['403 Forbidden', '<!doctype html><p>no entry', 'denied'],
      ['418 Teapot', '<Error><Code>', 'invalid'],
    ] as const) {
      for (const [name, call] of [['read', read], ['list', list], ['write', write]] as const) {
        test(`a page of a proxy is taken by its status: ${name}, ${status}`, async () => {
          const { info, message } = await refused({ transport, maxAttempts: 1 }, status, body, call)
          assert.equal('reason' in info ? info.reason : 'credentials', reason, message)
          assert.match(message, new RegExp(`^cannot ${name} \\S+: http://\\S+ answered ${status.slice(0, 3)}`))
        })
      }
    }
    test('a region that would end the name of a host is none', async (context) => {
      const server = await startRawServer(({ socket }) => { socket.write(text('301 Moved Permanently', '', 'x-amz-bucket-region: example.org/\r\n')) })
      const store = await openStore(server.spec({ transport }))
      context.after(async () => {
        await store.close()
        await server.close()
      })
      const error: unknown = await read(store).catch((failure: unknown) => failure)
      assert.ok(isFault(error, 'storage') && error.info.reason === 'redirect' && error.info.region === undefined, String(error))
      assert.equal(server.requests.length, 1)
    })
  })
}

test('a refusal of several deletions is told to anonymous ones too', () => {
  assert.match(refusalFault({ status: 200, code: 'AccessDenied' }, { operation: 'delete', key: 'k', bucket: 'b', endpoint: 'http://x', isUnsigned: true }).hint ?? '', /anonymous requests delete from it/)
})
