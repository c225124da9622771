// Which credentials `serve` accepts: those that a client takes from the same environment.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dlio, type CliResult } from '../support/cli.ts'

const keys = { AWS_ACCESS_KEY_ID: 'ASIASERVED', AWS_SECRET_ACCESS_KEY: 'served-secret' }
const token = { AWS_SESSION_TOKEN: 'served-token/+==' }

/** Runs `use` with what `serve` has printed, in which `env` is the server's environment. */
async function whileServing(args: readonly string[], env: Record<string, string>, use: (settings: Record<string, string>) => Promise<void>): Promise<CliResult> {
  return await dlio(['serve', '--bucket', 'data', '--json', ...args], {
    env,
    onStart: async (child) => {
      try {
        const said = await new Promise<string>((resolve, reject) => {
          child.stdout!.once('data', resolve)
          child.once('close', () => { reject(new Error('serve ended before it said anything')) })
        })
        await use(JSON.parse(said) as Record<string, string>)
      } finally {
        child.kill('SIGINT')
      }
    },
  })
}

const put = (env: Record<string, string>): Promise<CliResult> => dlio(['bench', 'put', 's3://data/x', '--count', '2', '--objects', '2', '--size', '1KiB', '-q'], { env })

test('serve takes the session token of its environment too, and refuses others', async () => {
  const served = await whileServing([], { ...keys, ...token }, async (settings) => {
    const client = { ...settings, ...keys }
    const right = await put({ ...client, ...token })
    assert.equal(right.code, 0, right.stderr)
    const wrong = await put({ ...client, AWS_SESSION_TOKEN: 'another' })
    assert.equal(wrong.code, 3)
    assert.match(wrong.stderr, /400 InvalidToken/)
    // As S3: a key of a session is none without its token.
    const none = await put(client)
    assert.equal(none.code, 3)
    assert.match(none.stderr, /403 InvalidAccessKeyId/)
  })
  assert.equal(served.code, 0, served.stderr)
  assert.doesNotMatch(served.stdout + served.stderr, /served-|ASIASERVED|warning/)
})

for (const [name, args, env, shown] of [
  ['with --access-key-id', ['--access-key-id', 'AKNAMED'], { ...keys, ...token }, ['AWS_ACCESS_KEY_ID']],
  ['with random keys', [], token, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['with a random secret', [], { ...token, AWS_ACCESS_KEY_ID: 'ASIASERVED' }, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['with a random access key', [], { ...token, AWS_SECRET_ACCESS_KEY: 'served-secret' }, ['AWS_ACCESS_KEY_ID']],
] as const) {
  test(`serve ${name}: the token belongs to others, which is said, and what was made up is printed`, async () => {
    const served = await whileServing(args, env, async (settings) => {
      assert.deepEqual(Object.keys(settings), ['AWS_ENDPOINT_URL_S3', 'AWS_REGION', ...shown])
      const { AWS_SESSION_TOKEN: _, ...rest } = env as Record<string, string>
      const client = await put({ ...rest, ...settings })
      assert.equal(client.code, 0, client.stderr)
    })
    assert.match(served.stderr, /^warning: AWS_SESSION_TOKEN belongs to other keys than those accepted here/)
    assert.doesNotMatch(served.stdout + served.stderr, /served-(?:secret|token)/)
  })
}

test('serve with an empty secret in its environment makes one up', async () => {
  await whileServing([], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, async (settings) => {
    const client = await put(settings)
    assert.equal(client.code, 0, client.stderr)
  })
})
