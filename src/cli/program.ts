// The command line: commands, flags and their help. Each action loads its code when it is called.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { maxPartSize, minPartSize } from '../storage/upload-plan.ts'
import { parseSize } from '../util/units.ts'
import type { BenchFlags } from './bench-flags.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import type { InspectFlags } from './inspect.ts'
import type { RunFlags } from './run-flags.ts'
import type { ServeFlags } from './serve.ts'
import type { ValidateFlags } from './validate.ts'
import type { VerifyFlags } from './verify.ts'
import { version } from './version.ts'

function size(text: string): number {
  const bytes = parseSize(text)
  if (bytes === undefined || bytes <= 0) throw new InvalidArgumentError('A size like 512MiB is expected.')
  return bytes
}

function count(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('A whole number of at least 1 is expected.')
  return Number(text)
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is expected.')
  return Number(text)
}

function port(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
  return Number(text)
}

function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text)
  const value = match ? Number(match[1]) * { ms: 1e-3, s: 1, m: 60 }[(match[2] ?? 's') as 'ms' | 's' | 'm'] : 0
  if (!(value > 0)) throw new InvalidArgumentError('A time like 30, 30s, 500ms or 2m is expected.')
  return value
}

/** As `seconds`, and 0. */
const secondsOrNone = (text: string): number => text === '0' ? 0 : seconds(text)

const collect = (value: string, before: readonly string[]): string[] => [...before, value]
/** Of a flag that is absent when it is not given. */
const gather = (value: string, before: readonly string[] | undefined): string[] => [...before ?? [], value]

function withS3Flags(command: Command): Command {
  return command
    .option('--endpoint-url <url>', 'S3 endpoint; repeatable, or http://node{1...8}:9000, for several of one store; without one: storage_options, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile, else AWS', gather)
    .option('--all-addresses', 'spread requests over all addresses of the endpoint\'s name')
    .option('--region <name>', 'region to sign for')
    .option('--profile <name>', 'profile of the AWS configuration files')
    .option('--no-sign-request', 'send unsigned requests (public data)')
    .addOption(new Option('--path-style', 'put the bucket into the path').conflicts('virtualHost'))
    .option('--virtual-host', 'put the bucket into the host name')
    .option('--ca-file <file>', 'PEM file of certificate authorities to trust as well; without one: AWS_CA_BUNDLE, the profile')
    .option('--client-cert <file>', 'PEM file of the certificate to show to the store')
    .option('--client-key <file>', 'PEM file of its key')
    .option('--insecure', 'accept any TLS certificate: anybody between may read and change everything')
    .addOption(new Option('--transport <name>', 'who speaks HTTP: this program, undici (through proxies too), or the AWS SDK').choices(['direct', 'undici', 'sdk']).default('direct'))
    .option('--proxy <url>', 'HTTP proxy, only with --transport undici; without one that transport heeds HTTPS_PROXY, HTTP_PROXY and NO_PROXY')
    .option('--header <name: value>', 'x-amz-… header to send along; repeatable; one about an object goes with what writes it', gather)
    .option('--retries <n>', 'retries of a failed request; 0 measures the naked store', wholeNumber)
    .addOption(new Option('--retry-mode <name>', 'adaptive: a client that is throttled sends less for a while; default: storage_options, else standard').choices(['standard', 'adaptive']))
    .option('--request-timeout <t>', 'how long one attempt of a request may take in all, as 30s or 2m; making a connection counts with --transport sdk only; 0: no limit; default: storage_options, else no limit while bytes come', secondsOrNone)
}

function withReadChecks(command: Command): Command {
  return command.option('--verify-checksums', 'hold whole objects that are read against the checksums that the store has of them; costs CPU')
}

function withUploadFlags(command: Command): Command {
  return command
    .addOption(new Option('--checksum <name>', 'checksum sent with what is written; default: storage_options, else none').choices(['none', 'crc32', 'crc32c', 'crc64nvme', 'sha256']))
    .addOption(new Option('--sign-payload <when>', 'whether signatures cover what is written, by its SHA-256; auto: over plain HTTP only').choices(['auto', 'always', 'never']))
}

/** Bytes. */
function partSize(text: string): number {
  const bytes = size(text)
  if (bytes < minPartSize) throw new InvalidArgumentError('S3 takes no parts below 5 MiB.')
  if (bytes > maxPartSize) throw new InvalidArgumentError('S3 takes no parts above 5 GiB.')
  return bytes
}

/** Of commands that write objects of any size. `part`: about --part and --parts-in-flight. */
function withPartFlags(command: Command, part: { readonly size: string; readonly number: string }): Command {
  return command
    .option('--part <size>', part.size, partSize)
    .option('--parts-in-flight <n>', part.number, count)
    .option('--multipart-threshold <size>', 'objects up to this go in one PUT, if it is more than a part', size)
    .addOption(new Option('--single-put', 'write every object by one PUT, whatever its size, up to 5 GiB').conflicts('multipartThreshold'))
}

/** What both kinds of `bench` have. `about`: --objects and --seed. */
function withLoadFlags(command: Command, about: { readonly objects: string; readonly seed: string }): Command {
  return withUploadFlags(withS3Flags(command
    .argument('[uri]', 's3://bucket/prefix')
    .option('--size <size>', 'size of the objects it writes (default: 8MiB)', size)
    .option('--objects <n>', about.objects, count)
    .option('--concurrency <n>', 'requests in flight over all threads', count, 16)
    .option('--threads <n>', 'worker threads; default: cores, or --concurrency if that is less', count)
    .addOption(new Option('--duration <time>', 'how long to measure: 30, 30s, 500ms, 2m').argParser(seconds).default(10, '10 s').conflicts('count'))
    .option('--count <n>', 'measure exactly so many requests instead', count)
    .option('--embedded', 'use the built-in S3 server, started for this run')
    .option('--create-bucket', 'make the bucket when it is not there')
    .option('--keep', 'leave the objects this run wrote; else they are removed')
    .option('--seed <n>', about.seed, wholeNumber)
    .option('--json', 'print one JSON document instead of the report')
    .option('-q, --quiet', 'no progress')))
}

/** `finish` is told the exit code of an action that ended without throwing. */
export function createProgram(finish: (code: ExitCode) => void): Command {
  const program = new Command('dlio-s3')
    .description('Can this object store feed this training job? DLIO workloads over native S3.')
    .version(version, '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', `
Examples:
  dlio-s3 run quickstart --embedded                       first numbers, no account needed
  dlio-s3 run workload.yaml --target s3://bucket/prefix   a DLIO workload on your bucket
  dlio-s3 validate workload.yaml ++workload.reader.read_threads=8
  dlio-s3 bench get s3://bucket/prefix --size 8MiB        how fast is the bucket itself

Exit codes: 0 done, 1 bug, 2 usage, 3 credentials, 4 target, 5 requests or data failed, 6 goal not met, 8 goal not judged, 130/143 interrupted.`)

  withReadChecks(withUploadFlags(withPartFlags(withS3Flags(program.command('run').description('generate the data set if asked, train from it, report')
    .argument('[words...]', 'a workload (name or YAML file), then overrides in Hydra\'s spelling: ++workload.train.epochs=2')
    .option('--target <uri>', 's3://bucket/prefix or file:///dir: where the data set is, whatever the workload says')
    .option('--embedded', 'use the built-in S3 server, started for this run')
    .option('--embedded-dir <dir>', 'keep the built-in server\'s objects in this directory')
    .option('--faults <spec>', 'what is to go wrong in the built-in server, as in slow-down:get@2%,latency=20ms; repeatable; see docs/semantics.md', gather)
    .option('--accelerators <n>', 'simulated accelerators (ranks)', count, 1)
    .option('--config <file>', 'lay this YAML of storage settings under the workload; repeatable', collect, [])
    .option('--config-dir <dir>', 'folder with workload/NAME.yaml files; repeatable', collect, [])
    .option('--generate', 'generate the data set first, whatever the workload says')
    .addOption(new Option('--skip-generate', 'do not generate').conflicts('generate'))
    .option('--adopt', 'accept objects at the target that this program has not written')
    .option('--create-bucket', 'make the bucket when it is not there')
    .option('--index <file>', 'keep what the listing finds in this file; when it is there, use it instead of listing, after a look at a sample')
    .addOption(new Option('--decode <how>', 'full: decode every sample and check its CRC; none: count bytes').choices(['full', 'none']).default('full'))
    .option('--verify', 'compare every byte that is read with what the generator writes; costs CPU')
    .addOption(new Option('--read-mode <mode>', 'whole objects or exact ranges').choices(['auto', 'object', 'range']))
    .option('--memory-limit <size>', 'bytes in flight over all accelerators; default: a quarter of free memory', size)
    .option('--threads <n>', 'worker threads; default: cores, or fewer where there is less to do at once', count)
    .addOption(new Option('--dialect <name>', 'whose AU and throughput formulas go into DLIO\'s files').choices(['argonne', 'mlcommons']).default('argonne'))
    .option('--seed <n>', 'seed of generated content', wholeNumber, 0)
    .option('--out <dir>', 'folder for the results, - for none; default: dlio-s3-results/<time>-<name>-<id>')
    .option('--json', 'print result.json on stdout instead of the report')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'say more on stderr')
    .option('--strict', 'unknown and ignored keys are errors')
    .option('--print-config', 'print the resolved workload with the origin of every value, and end')
    .addOption(new Option('--cfg <what>', 'Hydra\'s spelling of --print-config').choices(['job', 'all', 'hydra']).hideHelp())
    .action(async (words: string[], flags: RunFlags) => { finish(await (await import('./run.ts')).run(words, flags)) })), {
    size: 'objects larger than this are uploaded in parts of it, 5MiB at least, and read in ranges of it; default: storage_options, else 8MiB',
    number: 'parts of one upload, and ranges of one object, at once; default: storage_options, else 4 parts, and ranges by how many requests are in flight',
  })))

  withS3Flags(program.command('verify').description('read every object of a generated data set once, and compare it with what the generator writes')
    .argument('[words...]', 'the workload it was generated by (name or YAML file), then overrides')
    .option('--target <uri>', 's3://bucket/prefix or file:///dir: where the data set is, whatever the workload says')
    .option('--config <file>', 'lay this YAML of storage settings under the workload; repeatable', collect, [])
    .option('--config-dir <dir>', 'folder with workload/NAME.yaml files; repeatable', collect, [])
    .option('--seed <n>', 'seed it was generated with', wholeNumber, 0)
    .option('--threads <n>', 'worker threads; default: cores', count)
    .option('--json', 'print one JSON document instead of the report')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'say more on stderr')
    .option('--strict', 'unknown and ignored keys are errors')
    .action(async (words: string[], flags: VerifyFlags) => { finish(await (await import('./verify.ts')).verify(words, flags)) }))

  const bench = program.command('bench').description('how fast a bucket is, without a workload: ad-hoc load in a closed loop')
  withReadChecks(withLoadFlags(bench.command('get').description('read objects: written for this run first, or those that are there')
    .option('--existing', 'read the objects below the prefix; nothing is written')
    .option('--range <size>', 'read random ranges of this size instead of whole objects', size)
    .option('--part <size>', 'read what is larger in ranges of this size, several at once; without it, by one request', size)
    .option('--parts-in-flight <n>', 'ranges of one object at once (default: 8, with --part)', count)
    .action(async (uri: string | undefined, flags: BenchFlags) => { finish(await (await import('./bench.ts')).bench('get', uri, flags)) }), {
    objects: 'how many of them (default: 64; with --existing: all there are)', seed: 'of content, order and ranges; default: a random one, printed',
  }))
  withLoadFlags(withPartFlags(bench.command('put').description('write objects below <prefix>/dlio-s3-bench/<run id>/, and remove them again'), {
    size: 'objects larger than this are uploaded in parts of it, 5MiB at least (default: 8MiB)', number: 'parts of one object at once (default: 4)',
  })
    .action(async (uri: string | undefined, flags: BenchFlags) => { finish(await (await import('./bench.ts')).bench('put', uri, flags)) }), {
    objects: 'how many of them, written again and again (default: 64)', seed: 'of content; default: a random one, printed',
  })

  program.command('validate').description('check a workload and say everything that is wrong with it')
    .argument('<words...>', 'a workload (name or YAML file), then overrides')
    .option('--accelerators <n>', 'for so many simulated accelerators', count, 1)
    .option('--config <file>', 'lay this YAML under the workload; repeatable', collect, [])
    .option('--config-dir <dir>', 'folder with workload/NAME.yaml files; repeatable', collect, [])
    .option('--strict', 'unknown and ignored keys are errors')
    .option('--json', 'print one JSON document')
    .action(async (words: string[], flags: ValidateFlags) => { finish(await (await import('./validate.ts')).validate(words, flags)) })

  const workloads = program.command('workloads').description('the built-in workloads')
  workloads.command('list', { isDefault: true }).description('names and what they are')
    .option('--json', 'print one JSON document')
    .action(async (flags: { json?: boolean }) => { finish(await (await import('./workloads.ts')).listBuiltIn(flags)) })
  workloads.command('show').description('print one as YAML').argument('<name>')
    .action(async (name: string) => { finish(await (await import('./workloads.ts')).showBuiltIn(name)) })

  program.command('schema').description('print a JSON Schema, for editors and checkers')
    .argument('<what>', 'workload')
    .action(async (what: string) => { finish(await (await import('./schema.ts')).schema(what)) })

  withS3Flags(program.command('inspect').description('look into an object: arrays, dtypes, shapes, checksums')
    .argument('<uri|file>', 's3://bucket/key, file:///path, or a local path')
    .option('--format <name>', 'format, when the name does not tell')
    .option('--sample <i>', 'this sample instead of the whole arrays', wholeNumber)
    .option('--json', 'print one JSON document')
    .action(async (uri: string, flags: InspectFlags) => { finish(await (await import('./inspect.ts')).inspect(uri, flags)) }))

  program.command('serve').description('the built-in S3 server, until Ctrl-C')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port; 0 takes a free one', port, 0)
    .option('--bucket <name>', 'bucket to make at the start; repeatable', collect, [])
    .option('--versioned', 'keep every version of what is in these buckets')
    .option('--directory <dir>', 'keep objects in this directory instead of memory')
    .option('--tls-cert <file>', 'speak TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'private key of the certificate (PEM)')
    .option('--access-key-id <id>', 'access key to accept, with AWS_SECRET_ACCESS_KEY; default: AWS_ACCESS_KEY_ID, and AWS_SESSION_TOKEN with it; random keys where these are not set')
    .option('--faults <spec>', 'what is to go wrong, as in slow-down:get@2%,latency=20ms; repeatable; see docs/semantics.md', collect, [])
    .option('--json', 'print endpoint and credentials as one JSON document')
    .action(async (flags: ServeFlags) => { finish(await (await import('./serve.ts')).serve(flags)) })

  return program
}

/** The exit code for what commander throws: 0 for --help and --version. Undefined when it is not commander's. */
export function usageErrorOf(error: unknown): ExitCode | undefined {
  if (!(error instanceof CommanderError)) return undefined
  return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
}
