// Directory buckets of the built-in server, by the AWS SDK's own client and by what it would never send.

import assert from 'node:assert/strict'
import dns from 'node:dns'
import { Agent } from 'node:http'
import test from 'node:test'
import { CreateSessionCommand, GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import type { RunningServer } from '../../src/server/server.ts'
import { request, type RawResponse, type SignOptions } from './raw-client.ts'
import { runServer, sdkClient, withCode } from './running-server.ts'

const bucket = 'fast--use1-az4--x-s3'
const byName = (server: RunningServer): { endpoint: string; forcePathStyle: boolean } => ({ endpoint: server.endpoint.replace('127.0.0.1', 'localhost'), forcePathStyle: false })

async function sessionOf(server: RunningServer, name = bucket): Promise<RunningServer & { token: string }> {
  const { body, status } = await request(server, { target: `/${name}?session`, service: 's3express' })
  assert.equal(status, 200, body.toString())
  const part = (element: string): string => new RegExp(`<${element}>([^<]*)<`).exec(body.toString())![1]!
  return { ...server, credentials: { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') }, token: part('SessionToken') }
}

const asked = (session: RunningServer & { token: string }, options: SignOptions): Promise<RawResponse> =>
  request(session, { service: 's3express', ...options, headers: { 'x-amz-s3session-token': session.token, ...options.headers } })

test('the AWS SDK begins sessions by itself, writes, lists and reads', async (t) => {
  const server = await runServer(t, { buckets: [bucket] })
  const client = sdkClient(t, server, { ...byName(server), requestHandler: { httpAgent: new Agent({ lookup: (_, options, done) => { dns.lookup('localhost', options, done) } }) } })
  await client.send(new HeadBucketCommand({ Bucket: bucket }))
  const keys = Array.from({ length: 12 }, (_, i) => `d/${i}`)
  for (const Key of keys) {
    const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'abc' }))
    assert.doesNotMatch(ETag, /^"[0-9a-f]{32}"$/)
  }
  const listed: string[] = []
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const { Contents = [], NextContinuationToken } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'd/', MaxKeys: 5, ContinuationToken: token }))
    listed.push(...Contents.map(({ Key = '' }) => Key))
    token = NextContinuationToken
  }
  assert.notDeepEqual(listed, keys.toSorted())
  assert.deepEqual(listed.toSorted(), keys.toSorted())
  const { CommonPrefixes = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/' }))
  assert.deepEqual(CommonPrefixes, [{ Prefix: 'd/' }])
  assert.equal(await (await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'd/3' }))).Body!.transformToString(), 'abc')
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'd' })), withCode('InvalidArgument', 400))
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: bucket, StartAfter: 'd/3' })), withCode('InvalidArgument', 400))
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '-' })), withCode('InvalidArgument', 400))
  assert.equal((await server.stats()).requests['CreateSession'], 1)
})

test('a bucket of the usual kind has no sessions', async (t) => {
  const server = await runServer(t)
  await assert.rejects(sdkClient(t, server).send(new CreateSessionCommand({ Bucket: 'data' })), withCode('InvalidRequest', 400))
})

test('objects want a session of their bucket, the bucket itself the user’s keys', async (t) => {
  let wall = Date.now()
  const other = 'other--use1-az4--x-s3'
  const server = await runServer(t, { buckets: [bucket, other, 'data'], clock: { now: () => 0, wallMilliseconds: () => wall, sleep: async () => {}, sleepUntil: async () => {} } })
  const date = (): { date: Date } => ({ date: new Date(wall) })
  const session = await sessionOf(server)
  const put: SignOptions = { method: 'PUT', target: `/${bucket}/k`, body: 'abc' }
  const rows: [name: string, answer: Promise<RawResponse>, status: number, code: string][] = [
    ['with it', asked(session, put), 200, ''],
    ['without its token', request(session, { ...put, service: 's3express' }), 403, 'InvalidAccessKeyId'],
    ['with another token', asked({ ...session, token: 'x' }, put), 400, 'InvalidToken'],
    ['for another bucket', asked(session, { ...put, target: `/${other}/k` }), 403, 'AccessDenied'],
    ['for s3', asked(session, { ...put, service: 's3' }), 400, 'AuthorizationHeaderMalformed'],
    ['the user’s keys', request(server, { ...put, service: 's3express' }), 403, 'InvalidAccessKeyId'],
    ['a session for a session', asked(session, { target: `/${bucket}?session` }), 400, 'InvalidRequest'],
    ['a session for a bucket of the usual kind', asked(session, { ...put, service: 's3', target: '/data/k' }), 400, 'InvalidRequest'],
    ['HEAD of the bucket with the user’s keys', request(server, { method: 'HEAD', target: `/${bucket}`, service: 's3express' }), 200, ''],
    ['a read-only session', request(server, { target: `/${bucket}?session`, service: 's3express', headers: { 'x-amz-create-session-mode': 'ReadOnly' } }), 501, 'NotImplemented'],
    ['the first kind of listing', asked(session, { target: `/${bucket}` }), 501, 'NotImplemented'],
  ]
  for (const [name, answer, status, code] of rows) {
    const found = await answer
    assert.deepEqual([found.status, found.code], [status, code], name)
  }
  wall += 299_000
  assert.equal((await asked(session, { target: `/${bucket}/k`, ...date() })).status, 200)
  wall += 2000
  assert.deepEqual((await asked(session, { target: `/${bucket}/k`, ...date() })).code, 'ExpiredToken')
})
