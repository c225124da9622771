// The providers behind the chain, each against a stand-in on this machine.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../support/cli.ts'
import { resolveIn, type Resolved } from './resolve-in.ts'

const expiry = new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000)
const iso = expiry.toISOString().replace('.000', '')
const asJson = (name: string): string => JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC', Version: 1, AccessKeyId: `AK${name}`, SecretAccessKey: 'secret', Token: 'token', SessionToken: 'token', Expiration: iso })
const asXml = (action: string, name = action): string => `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><AssumedRoleId>x:s</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>AK${name}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${iso}</Expiration></Credentials></${action}Result></${action}Response>`

/** Who may assume which role. */
const may: Readonly<Record<string, true>> = { 'AKBASE r': true, 'AKBASE first': true, 'AKRolefirst second': true, 'AKENV r': true, 'AKIMDS r': true, 'AKCONTAINER r': true, 'AKSSO r': true }

/** Answers of all stand-ins by "METHOD path"; undefined: 404. */
function answerTo(request: IncomingMessage, body: string): string | undefined {
  const { headers } = request
  const url = new URL(request.url!, 'http://x')
  const name = `${request.method!} ${url.pathname}`
  if (name === 'PUT /latest/api/token') return headers['x-aws-ec2-metadata-token-ttl-seconds'] ? 'imds-token' : undefined
  if (name.startsWith('GET /latest/meta-data/iam/security-credentials/')) {
    if (headers['x-aws-ec2-metadata-token'] !== 'imds-token') return undefined
    return name.endsWith('/') ? 'the-role' : name.endsWith('/the-role') ? asJson('IMDS') : undefined
  }
  if (name === 'GET /container') return headers.authorization === 'Bearer pod' ? asJson('CONTAINER') : undefined
  if (name === 'POST /token') {
    const { clientId, clientSecret, grantType, refreshToken } = JSON.parse(body) as Record<string, string>
    return `${clientId} ${clientSecret} ${grantType} ${refreshToken}` === 'client client-secret refresh_token refresh-1' ? JSON.stringify({ accessToken: 'sso-token', tokenType: 'Bearer', expiresIn: 28_800, refreshToken: 'refresh-2' }) : undefined
  }
  if (name === 'GET /federation/credentials' && headers['x-amz-sso_bearer_token'] === 'sso-token' && url.searchParams.get('role_name') === 'reader' && url.searchParams.get('account_id') === '123456789012') {
    return JSON.stringify({ roleCredentials: { accessKeyId: 'AKSSO', secretAccessKey: 'secret', sessionToken: 'token', expiration: expiry.getTime() } })
  }
  const form = new URLSearchParams(body)
  const action = form.get('Action')
  if (action === 'AssumeRole') {
    const [, signer = ''] = /Credential=([^/]+)\//.exec(headers.authorization ?? '') ?? []
    const role = form.get('RoleArn')?.split('/').at(-1)
    return may[`${signer} ${role}`] ? asXml(action, role === 'r' ? action : `Role${role}`) : undefined
  }
  if (action === 'AssumeRoleWithWebIdentity') return form.get('WebIdentityToken') === 'pod-token' ? asXml(action) : undefined
  return undefined
}

/** What the real ones say. */
function refusalOf({ url = '' }: IncomingMessage, body: string): [status: number, text: string] {
  if (url.startsWith('/token')) return [400, JSON.stringify({ __type: 'InvalidGrantException', error: 'invalid_grant', error_description: 'Invalid grant provided' })]
  if (url.startsWith('/federation/credentials')) return [401, JSON.stringify({ __type: 'UnauthorizedException', message: 'Session token not found or invalid' })]
  if (new URLSearchParams(body).get('Action') === 'AssumeRole') return [403, '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/forbidden</Message></Error><RequestId>1</RequestId></ErrorResponse>']
  return [404, '{}']
}

const tokenText = (expiresAt: string): string => JSON.stringify({ accessToken: 'sso-token', expiresAt, startUrl: 'https://corp.example/start', region: 'us-east-1' })
const roleNamed = (name: string): string => `role_arn = arn:aws:iam::123456789012:role/${name}\nregion = us-east-1\n`

function assertFound({ found, message }: Resolved, accessKeyId: string, source: string): void {
  assert.deepEqual([found?.credentials.accessKeyId, found?.credentials.sessionToken, found?.credentials.expiresAtMilliseconds, found?.source], [accessKeyId, 'token', expiry.getTime(), source], message)
}

describe('providers', () => {
  let origin = ''
  const asked: string[] = []
  let lastHome = ''
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
      asked.push(`${request.method!} ${request.url!}`)
      const answer = answerTo(request, body)
      const [status, refusal] = answer === undefined ? refusalOf(request, body) : [200, '']
      const text = answer ?? refusal
      response.writeHead(status, { 'content-type': text.startsWith('<') ? 'text/xml' : 'application/json' }).end(text)
    })
  })
  before(async () => {
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => { server.once('listening', resolve) })
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => { server.closeAllConnections(); server.close() })

  interface Setting { readonly config?: string; readonly env?: Record<string, string>; readonly profile?: string; readonly customEndpoint?: boolean; readonly files?: Record<string, string> }

  async function resolveWith(context: TestContext, { config = '', env = {}, profile, customEndpoint = false, files = {} }: Setting): Promise<Resolved> {
    const home = lastHome = await temporaryFolder(context)
    for (const [name, text] of Object.entries({ '.aws/config': config, ...files })) {
      await mkdir(path.dirname(path.join(home, name)), { recursive: true })
      await writeFile(path.join(home, name), text)
    }
    asked.length = 0
    return await resolveIn({ HOME: home, ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('HOME', home)])) }, { customEndpoint, ...(profile === undefined ? {} : { profile }) })
  }

  const sso = '[profile lab]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\nregion = us-east-1\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n'
  const ssoFile = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`
  const ssoToken = (expiresAt: string): Record<string, string> => ({ [ssoFile]: tokenText(expiresAt) })

  test('EC2 instance metadata, version 2', async (context) => {
    assertFound(await resolveWith(context, { env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: origin } }), 'AKIMDS', 'EC2 instance metadata')
    assert.equal(asked[0], 'PUT /latest/api/token')
  })
  test('with an endpoint of one’s own the metadata service that the environment names is asked', async (context) => {
    assertFound(await resolveWith(context, { customEndpoint: true, env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: origin } }), 'AKIMDS', 'EC2 instance metadata')
  })
  test('with an endpoint of one’s own no metadata service is asked, whatever the configuration file says', async (context) => {
    const { message = '' } = await resolveWith(context, { customEndpoint: true, config: `[default]\nec2_metadata_service_endpoint = ${origin}\n` })
    assert.match(message, /EC2 metadata .* not asked, as the endpoint is not AWS/)
    assert.deepEqual(asked, [])
  })
  test('a container, also with an endpoint of one’s own', async (context) => {
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/container`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer pod' }
    assertFound(await resolveWith(context, { customEndpoint: true, env }), 'AKCONTAINER', "the container's credentials endpoint")
  })
  test('a pod, its token in a file', async (context) => {
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/container`, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 'HOME/token' }
    assertFound(await resolveWith(context, { env, files: { token: 'Bearer pod' } }), 'AKCONTAINER', "the container's credentials endpoint")
  })
  test('a container that refuses', async (context) => {
    const { message = '' } = await resolveWith(context, { customEndpoint: true, env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/elsewhere` } })
    assert.match(message, /container AWS_CONTAINER_CREDENTIALS_\* +no credentials there\n/)
  })
  test('web identity', async (context) => {
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: 'HOME/token', AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/r', AWS_ENDPOINT_URL_STS: origin, AWS_REGION: 'us-east-1' }
    assertFound(await resolveWith(context, { env, files: { token: 'pod-token' } }), 'AKAssumeRoleWithWebIdentity', 'web identity, AWS_WEB_IDENTITY_TOKEN_FILE')
  })
  test('a role that a profile assumes', async (context) => {
    const config = '[profile lab]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nregion = us-east-1\n[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = x\n'
    assertFound(await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } }), 'AKAssumeRole', 'profile lab, by an assumed role')
  })
  test('a role that is assumed as another role, which a profile with keys assumes', async (context) => {
    const config = `[profile lab]\n${roleNamed('second')}source_profile = middle\n[profile middle]\n${roleNamed('first')}source_profile = base\n[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = x\n`
    assertFound(await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } }), 'AKRolesecond', 'profile lab, by an assumed role')
    assert.equal(asked.length, 2)
  })
  test('a role whose source_profile does not exist: the missing one is named', async (context) => {
    for (const config of [`[profile lab]\n${roleNamed('r')}source_profile = basis\n`, `[profile lab]\n${roleNamed('r')}source_profile = middle\n[profile middle]\n${roleNamed('first')}source_profile = basis\n`]) {
      const { message = '', hint = '' } = await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } })
      assert.match(message, /profile "lab" .* source_profile "basis" does not exist\n/)
      assert.match(hint, /^make the profile "basis" with keys \(aws configure --profile basis\)/)
    }
  })
  test('roles that wait for each other', async (context) => {
    const config = `[profile lab]\n${roleNamed('r')}source_profile = other\n[profile other]\n${roleNamed('r')}source_profile = lab\n`
    const { message = '' } = await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } })
    assert.match(message, /profile "lab" .* cycle/)
  })
  for (const [source, env] of [
    ['Environment', () => ({ AWS_ACCESS_KEY_ID: 'AKENV', AWS_SECRET_ACCESS_KEY: 'x' })],
    ['Ec2InstanceMetadata', () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: origin })],
    ['EcsContainer', () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/container`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer pod' })],
  ] as const) {
    test(`a role that is assumed with credential_source = ${source}, also with an endpoint of one’s own`, async (context) => {
      const config = `[profile lab]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = ${source}\nregion = us-east-1\n`
      assertFound(await resolveWith(context, { config, profile: 'lab', customEndpoint: true, env: { AWS_ENDPOINT_URL_STS: origin, ...env() } }), 'AKAssumeRole', 'profile lab, by an assumed role')
    })
  }
  test('a role that may not be assumed: the words of STS are told', async (context) => {
    const config = '[profile lab]\nrole_arn = arn:aws:iam::123456789012:role/forbidden\nsource_profile = base\nregion = us-east-1\n[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = x\n'
    const { message = '' } = await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } })
    assert.match(message, /profile "lab" .* not authorized to perform: sts:AssumeRole/)
  })
  test('a role that wants a code', async (context) => {
    const config = '[profile lab]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\nregion = us-east-1\n[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = x\n'
    const { message = '', hint = '' } = await resolveWith(context, { config, profile: 'lab', env: { AWS_ENDPOINT_URL_STS: origin } })
    assert.match(message, /profile "lab" .* multi-factor/)
    assert.match(hint, /aws configure export-credentials --profile lab /)
  })
  test('a program that knows keys', async (context) => {
    const config = `[profile lab]\ncredential_process = echo '${asJson('PROCESS')}'\n`
    assertFound(await resolveWith(context, { config, profile: 'lab' }), 'AKPROCESS', 'profile lab, by credential_process')
  })
  test('a program that fails: its words are told', async (context) => {
    const { message = '' } = await resolveWith(context, { config: '[profile lab]\ncredential_process = echo out of order >&2; exit 1\n', profile: 'lab', customEndpoint: true })
    assert.match(message, /profile "lab" .* credential_process failed: out of order/)
  })
  test('SSO, logged in', async (context) => {
    assertFound(await resolveWith(context, { config: sso, profile: 'lab', files: ssoToken(new Date(Date.now() + 3_600_000).toISOString()), env: { AWS_ENDPOINT_URL_SSO: origin } }), 'AKSSO', 'profile lab, by SSO')
  })
  const renewable = (expiresAt: string, more: Record<string, string> = {}): Record<string, string> => ({
    [ssoFile]: JSON.stringify({ accessToken: 'old-token', expiresAt, startUrl: 'https://corp.example/start', region: 'us-east-1', clientId: 'client', clientSecret: 'client-secret', refreshToken: 'refresh-1', registrationExpiresAt: '2099-01-01T00:00:00Z', ...more }),
  })
  const past = '2020-01-01T00:00:00Z'

  test('SSO, the login has expired and can be refreshed: it is, and kept for others', async (context) => {
    const resolved = await resolveWith(context, { config: sso, profile: 'lab', files: renewable(past), env: { AWS_ENDPOINT_URL_SSO: origin, AWS_ENDPOINT_URL_SSO_OIDC: origin } })
    assertFound(resolved, 'AKSSO', 'profile lab, by SSO')
    assert.deepEqual(asked.map((line) => line.split('?')[0]), ['POST /token', 'GET /federation/credentials'])
    const kept = JSON.parse(await readFile(path.join(lastHome, ssoFile), 'utf8')) as Record<string, string>
    assert.deepEqual([kept['accessToken'], kept['refreshToken'], Date.parse(kept['expiresAt']!) > Date.now() + 28_000_000], ['sso-token', 'refresh-2', true])
  })
  for (const [name, files] of [
    ['that is refused', renewable(past, { refreshToken: 'revoked' })],
    ['whose application is not registered', renewable(past, { clientId: '' })],
  ] as const) {
    test(`SSO, a refresh ${name}: the command that helps is told`, async (context) => {
      const { message = '', hint = '' } = await resolveWith(context, { config: sso, profile: 'lab', files, env: { AWS_ENDPOINT_URL_SSO: origin, AWS_ENDPOINT_URL_SSO_OIDC: origin } })
      assert.match(message, /profile "lab" .* SSO .*aws sso login/)
      assert.match(hint, /^aws sso login --profile lab/)
    })
  }
  test('SSO, a login that was ended elsewhere: the command that helps is told', async (context) => {
    const { message = '', hint = '' } = await resolveWith(context, { config: sso, profile: 'lab', files: renewable(new Date(Date.now() + 3_600_000).toISOString()), env: { AWS_ENDPOINT_URL_SSO: origin } })
    assert.match(message, /profile "lab" .* Session token not found or invalid/)
    assert.match(hint, /^aws sso login --profile lab/)
  })
  test('SSO, as profiles had it before there were sessions', async (context) => {
    const config = '[profile old]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = reader\nregion = us-east-1\n'
    const file = `.aws/sso/cache/${createHash('sha1').update('https://corp.example/start').digest('hex')}.json`
    const env = { AWS_ENDPOINT_URL_SSO: origin }
    assertFound(await resolveWith(context, { config, profile: 'old', env, files: { [file]: tokenText(new Date(Date.now() + 3_600_000).toISOString()) } }), 'AKSSO', 'profile old, by SSO')
    const { message = '', hint = '' } = await resolveWith(context, { config, profile: 'old', env, files: { [file]: tokenText(past) } })
    assert.match(message, /profile "old" .* has expired/)
    assert.match(hint, /^aws sso login --profile old/)
  })
  test('a role that is assumed by somebody who logs in: the login is that one’s', async (context) => {
    const config = `[profile top]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = lab\nregion = us-east-1\n${sso}`
    const env = { AWS_ENDPOINT_URL_SSO: origin, AWS_ENDPOINT_URL_STS: origin }
    assertFound(await resolveWith(context, { config, profile: 'top', env, files: ssoToken(new Date(Date.now() + 3_600_000).toISOString()) }), 'AKAssumeRole', 'profile top, by an assumed role')
    const { hint = '' } = await resolveWith(context, { config, profile: 'top', env, files: ssoToken(past) })
    assert.match(hint, /^aws sso login --profile lab/)
  })
  test('SSO, the login has expired: the command that helps is told', async (context) => {
    const { message = '' } = await resolveWith(context, { config: sso, profile: 'lab', files: ssoToken('2020-01-01T00:00:00Z'), env: { AWS_ENDPOINT_URL_SSO: origin } })
    assert.match(message, / SSO .*aws sso login/)
  })
  test('SSO, never logged in', async (context) => {
    const { message = '', hint = '' } = await resolveWith(context, { config: sso, profile: 'lab' })
    assert.match(message, /aws sso login/)
    assert.match(hint, /^aws sso login --profile lab/)
  })
})
