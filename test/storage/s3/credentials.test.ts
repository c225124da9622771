import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { caFileFrom, endpointsFrom, regionFrom, resolveCredentials, unconfiguredLimit, type CredentialsRequest } from '../../../src/storage/s3/credentials.ts'
import { isFault } from '../../../src/util/fault.ts'
import { resolveIn } from './resolve-in.ts'

const own = { customEndpoint: true }
const keys = { AWS_ACCESS_KEY_ID: 'AKENV', AWS_SECRET_ACCESS_KEY: 'secret-env' }

describe('resolveCredentials, without the SDK', () => {
  const rows: [string, CredentialsRequest, Record<string, string>, unknown, string][] = [
    ['not signing', { ...own, noSignRequest: true }, keys, undefined, 'none, requests are not signed'],
    ['options win', { ...own, options: { access_key_id: 'AKOPT', secret_access_key: 's' } }, keys, { accessKeyId: 'AKOPT', secretAccessKey: 's' }, 'storage_options.access_key_id'],
    ['environment', own, keys, { accessKeyId: 'AKENV', secretAccessKey: 'secret-env' }, 'AWS_ACCESS_KEY_ID'],
    ['empty options are none', { ...own, options: { access_key_id: '', secret_access_key: ' ', session_token: null } }, keys, { accessKeyId: 'AKENV', secretAccessKey: 'secret-env' }, 'AWS_ACCESS_KEY_ID'],
    ['session token', own, { ...keys, AWS_SESSION_TOKEN: 'T' }, { accessKeyId: 'AKENV', secretAccessKey: 'secret-env', sessionToken: 'T' }, 'AWS_ACCESS_KEY_ID'],
  ]
  for (const [name, request, env, credentials, source] of rows) {
    test(name, async () => {
      assert.deepEqual(await resolveCredentials(request, env), credentials === undefined ? { source } : { credentials, source })
    })
  }
  for (const [request, env, missing] of [
    [{ ...own, options: { access_key_id: 'a' } }, keys, 'secret_access_key'],
    [{ ...own, options: { secret_access_key: 'hidden' } }, {}, 'access_key_id'],
    [own, { AWS_ACCESS_KEY_ID: 'a' }, 'AWS_SECRET_ACCESS_KEY'],
    [own, { AWS_SECRET_ACCESS_KEY: 'hidden' }, 'AWS_ACCESS_KEY_ID'],
  ] as const) {
    test(`half of a pair: no ${missing}`, async () => {
      await assert.rejects(resolveCredentials(request, env), (error) => {
        assert.ok(isFault(error, 'credentials'))
        assert.ok(error.message.includes(`no ${missing}`), error.message)
        assert.doesNotMatch(error.message + error.hint, /hidden/)
        return true
      })
    })
  }
})

describe("the SDK's chain", () => {
  let home = ''
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-home-'))
    await mkdir(path.join(home, 'with', '.aws'), { recursive: true })
    await mkdir(path.join(home, 'empty'))
    await mkdir(path.join(home, 'slow', '.aws'), { recursive: true })
    await writeFile(path.join(home, 'slow', '.aws', 'credentials'), '[default]\ncredential_process = sleep 5\n')
    for (const folder of ['void', 'many']) await mkdir(path.join(home, folder, '.aws'), { recursive: true })
    await writeFile(path.join(home, 'void', '.aws', 'credentials'), '# nothing yet\n')
    await writeFile(path.join(home, 'many', '.aws', 'credentials'), Array.from({ length: 30 }, (_, i) => `[p${i}]\n`).join(''))
    await writeFile(path.join(home, 'with', '.aws', 'config'), '[profile only]\nregion = x\n[profile "two words"]\n[services lba]\n[sso-session two]\n')
    await writeFile(path.join(home, 'with', '.aws', 'credentials'), '[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = x\n[lab]\naws_access_key_id = AKLAB\naws_secret_access_key = y\n')
  })
  after(async () => { await rm(home, { recursive: true }) })

  test('an empty home: a Fault in time that says where was looked and what to do, and nothing else on stderr', async () => {
    const { message = '', hint = '', milliseconds, stderr, metadata } = await resolveIn({ HOME: path.join(home, 'empty') }, own)
    assert.match(message, /^no S3 credentials found\n {2}looked at {3}1 storage_options/)
    for (const place of ['AWS_ACCESS_KEY_ID +not set', 'profile "default" in .*file missing', 'web identity .* not configured', 'container .* not configured', 'EC2 metadata .* not asked']) assert.match(message, new RegExp(place))
    assert.match(hint, /--profile NAME.*--no-sign-request/)
    assert.ok(milliseconds < 10_000, `${milliseconds} ms`)
    assert.equal(metadata, undefined)
    assert.equal(stderr.replaceAll(/.*(ExperimentalWarning|Use `node --trace-warnings).*\n/g, ''), '')
  })
  test('the default profile', async () => {
    const { found } = await resolveIn({ HOME: path.join(home, 'with') }, own)
    assert.equal(found?.credentials.accessKeyId, 'AKDEFAULT')
  })
  test('a named profile wins over the environment', async () => {
    const { found } = await resolveIn({ HOME: path.join(home, 'with'), ...keys }, { ...own, profile: 'lab' })
    assert.equal(found?.credentials.accessKeyId, 'AKLAB')
    assert.equal(found?.source, 'profile lab')
  })
  test('a search that takes too long ends, and leaves the environment as it was', async () => {
    // What we see is an empty home: we wait for a moment only. What the SDK sees is a home whose program never answers.
    const { message = '', metadata, milliseconds } = await resolveIn({ HOME: path.join(home, 'slow'), AWS_EC2_METADATA_DISABLED: 'false', PATH: '/usr/bin:/bin' }, own, JSON.stringify({ HOME: path.join(home, 'empty') }))
    assert.match(message, /^no S3 credentials found/)
    assert.ok(milliseconds >= 1100, `${milliseconds} ms`)
    assert.equal(metadata, 'false')
  })
  for (const [name, folder, env, request, message, hint] of [
    ['by a flag', 'with', keys, { profile: 'lba' }, /^the profile "lba" does not exist: \S+credentials has default, lab; \S+config has only, two words$/, /^name one that is there with --profile, .* or make it: aws configure --profile lba$/],
    ['by AWS_PROFILE', 'with', { AWS_PROFILE: 'two' }, {}, /^the profile "two", which AWS_PROFILE names, does not exist: \S+credentials has default, lab; \S+config has only, two words$/, /^name one/],
    ['with empty files', 'void', {}, { profile: 'lab' }, /^the profile "lab" does not exist: \S+credentials has none; \S+config does not exist$/, /^name the files with AWS_SHARED_CREDENTIALS_FILE/],
    ['among many', 'many', {}, { profile: 'lab' }, /credentials has p0, p1, .*, p19 and 10 more; /, /^name one/],
  ] as const) {
    test(`a profile that is not there, named ${name}, is told with those that are`, async () => {
      const resolved = await resolveIn({ HOME: path.join(home, folder), ...env }, { ...own, ...request })
      assert.equal(resolved.found, undefined)
      assert.match(resolved.message ?? '', message)
      assert.match(resolved.hint ?? '', hint)
      assert.doesNotMatch(resolved.message ?? '', /AKLAB|AKDEFAULT|aws_access_key_id/)
    })
  }
})

test('with nothing configured, start and search add up to less than 2 s', () => {
  // Until the message, with a search that asks nobody: 330 ms were measured on an idle machine.
  const start = 700
  assert.ok(start + unconfiguredLimit.limit < 2000)
  // The SDK asks by IMDSv2, and by IMDSv1 when that does not answer. Longer, and the process would outlive the search.
  assert.ok(2 * unconfiguredLimit.answerLimit <= unconfiguredLimit.limit)
})

describe('regionFrom', () => {
  for (const [options, env, region] of [
    [{}, {}, 'us-east-1'],
    [{}, { AWS_DEFAULT_REGION: 'a' }, 'a'],
    [{}, { AWS_DEFAULT_REGION: 'a', AWS_REGION: 'b' }, 'b'],
    [{ region: 'c' }, { AWS_REGION: 'b' }, 'c'],
    [{ region: '' }, { AWS_REGION: 'b' }, 'b'],
  ] as const) test(`${JSON.stringify(options)} ${JSON.stringify(env)} gives ${region}`, () => { assert.equal(regionFrom(options, env), region) })
  test('a profile comes last but one', () => {
    assert.equal(regionFrom({}, {}, { region: 'p' }), 'p')
    assert.equal(regionFrom({}, { AWS_DEFAULT_REGION: 'a' }, { region: 'p' }), 'a')
  })
})

describe('endpointsFrom', () => {
  for (const [given, env, profile, endpoints] of [
    [undefined, {}, {}, []],
    [[], { AWS_ENDPOINT_URL: 'a' }, {}, ['a']],
    [[''], { AWS_ENDPOINT_URL: 'a', AWS_ENDPOINT_URL_S3: 'b' }, {}, ['b']],
    [['c', ' d '], { AWS_ENDPOINT_URL_S3: 'b' }, {}, ['c', 'd']],
    [[], {}, { endpoint: 'p' }, ['p']],
    [[], { AWS_ENDPOINT_URL: 'a' }, { endpoint: 'p' }, ['a']],
    [[], { AWS_ENDPOINT_URL: 'a', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, { endpoint: 'p' }, []],
    [['c'], { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, {}, ['c']],
  ] as const) test(`${JSON.stringify([given, env, profile])} gives ${JSON.stringify(endpoints)}`, () => { assert.deepEqual(endpointsFrom(given, env, profile), endpoints) })
})

describe('caFileFrom', () => {
  for (const [env, profile, file] of [
    [{}, {}, {}],
    [{ AWS_CA_BUNDLE: '' }, { caFile: 'p' }, { caFile: 'p', caFileFrom: 'ca_bundle of the profile' }],
    [{ AWS_CA_BUNDLE: 'a' }, { caFile: 'p' }, { caFile: 'a', caFileFrom: 'AWS_CA_BUNDLE' }],
  ] as const) test(`${JSON.stringify([env, profile])} gives ${JSON.stringify(file)}`, () => { assert.deepEqual(caFileFrom(env, profile), file) })
})
