import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parseSections, profileSettings } from '../../../src/storage/s3/shared-config.ts'
import { temporaryFolder } from '../../support/cli.ts'

describe('parseSections', () => {
  for (const [name, text, expected] of [
    ['nothing', '', {}],
    ['before any section', 'region = x', {}],
    ['settings', '[default]\r\nregion=a\nb = c d \n', { default: { region: 'a', b: 'c d' } }],
    ['comments', '# x\n[p] ; y\n;z\na = 1 # one\nb = 2#3\n  # more\n', { p: { a: '1', b: '2#3' } }],
    ['nested', '[services lab]\ns3 =\n  endpoint_url = http://h:1/?a=b\n  x = y\nafter = z\n', { 'services lab': { s3: '', 's3.endpoint_url': 'http://h:1/?a=b', 's3.x': 'y', after: 'z' } }],
    ['indented without an owner', '[p]\n  a = 1\n  b = 2', { p: { a: '1', b: '2' } }],
    ['a section twice', '[p]\na = 1\n[q]\n[profile  "p p"]\nc=\n[p]\nb = 2', { p: { a: '1', b: '2' }, q: {}, 'profile p p': { c: '' } }],
  ] as const) {
    test(name, () => { assert.deepEqual(Object.fromEntries([...parseSections(text)].map(([section, settings]) => [section, Object.fromEntries(settings)])), expected) })
  }
})

test('profileSettings', async (context) => {
  const folder = await temporaryFolder(context)
  const config = path.join(folder, 'config')
  await writeFile(config, `[default]
region = eu-central-1
[profile lab]
region = eu-west-3
endpoint_url = http://lab:9000
ca_bundle = /etc/lab.pem
[profile other]
services = mine
endpoint_url = http://general
[profile quiet]
services = mine
ignore_configured_endpoint_urls = true
[profile login]
sso_session = corp
[profile old]
sso_start_url = https://corp.example
[profile role]
source_profile = login
[profile circle]
source_profile = wheel
[profile wheel]
source_profile = circle
[services mine]
sts =
  endpoint_url = http://sts
s3 =
  endpoint_url = http://s3
`)
  const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'none') }
  assert.deepEqual(profileSettings(undefined, { HOME: path.join(folder, 'nowhere') }), {})
  assert.deepEqual(profileSettings(undefined, env), { region: 'eu-central-1' })
  assert.deepEqual(profileSettings('lab', env), { region: 'eu-west-3', endpoint: 'http://lab:9000', caFile: '/etc/lab.pem' })
  assert.deepEqual(profileSettings(undefined, { ...env, AWS_PROFILE: 'other' }), { endpoint: 'http://s3' })
  assert.deepEqual(profileSettings('quiet', env), {})
  assert.deepEqual(profileSettings('nobody', env), {})
  for (const [name, ssoProfile] of [['login', 'login'], ['old', 'old'], ['role', 'login']] as const) assert.deepEqual(profileSettings(name, env), { ssoProfile })
  assert.deepEqual(profileSettings('circle', env), {})
})
