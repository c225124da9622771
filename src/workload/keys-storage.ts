// Where the data is. One line a key.
// Source: argonne-lcf/dlio_benchmark and mlcommons/DLIO_local_changes, storage and utils/config.py (names and defaults).

import { decimal, integer, oneOf, text, texts, yesNo, type Keys } from './keys.ts'
import { payloadSignings, readModes, retryModes, storageTypes, uploadChecksums, uriSchemes, type Storage, type StorageOptions } from './schema.ts'

const library = 'this program has its own S3 client, chosen by --transport'
const parquetReader = 'it tunes a Parquet reader that is not used here'

const optionKeys: Keys<StorageOptions> = {
  accessKeyId: text(undefined, 'Access key. Better kept in the environment or a profile.', { secret: true }),
  secretAccessKey: text(undefined, 'Secret key. Better kept in the environment or a profile.', { secret: true }),
  sessionToken: text(undefined, 'Token of temporary credentials.', { secret: true, origin: 'ours' }),
  endpointUrl: texts(undefined, 'URL of the S3 service, or a list of several of one store, also as http://node{1...8}:9000; without it, AWS. Without a scheme, storage_options.secure decides between https and http.'),
  region: text(undefined, 'Region; without it, that of the environment, else us-east-1.'),
  s3ForcePathStyle: yesNo(undefined, 'Bucket in the path instead of the host name. Also understood directly under storage. Without it, the endpoint decides.'),
  s3MaxAttempts: integer(5, 'Attempts per request, the first one included.', { min: 1 }),
  retryMode: oneOf(retryModes, 'standard', 'Retries wait longer each time and are given up when too many fail; adaptive: a client that is throttled also sends less for a while.', { origin: 'ours' }),
  requestTimeout: decimal(undefined, 'Time that one attempt of a request may take in all; without it, or 0, no limit while bytes come.', { unit: 'seconds', origin: 'ours' }),
  s3Profile: text(undefined, 'Profile of the shared AWS configuration.', { origin: 'MLCommons' }),
  secure: yesNo(true, 'https for an endpoint_url that names no scheme.', { origin: 'MLCommons' }),
  uriScheme: oneOf(uriSchemes, 's3', 'Kind of store behind storage_root.', { origin: 'MLCommons' }),
  prefetchWindow: integer(undefined, 'Objects of one batch that are read at the same time; 1 when absent. With it, reader.read_threads × prefetch_window reads are in flight per accelerator.', { min: 1, origin: 'MLCommons' }),
  readMode: oneOf(readModes, 'auto', 'Fetch whole objects, or the ranges of the samples wanted; auto decides by format and samples per file.', { origin: 'ours' }),
  indexFile: text(undefined, 'File on this machine that keeps what a listing finds, and is used instead of listing once it is there; --index wins.', { origin: 'ours' }),
  partSize: integer(8 * 1024 * 1024, 'Objects larger than this are uploaded in parts of this size, and read in ranges of it where parts_in_flight says so; ranges grow up to 16 MiB unless this is set. S3 takes no parts below 5 MiB, and none above 5 GiB.', { unit: 'bytes', min: 5 * 1024 * 1024, max: 5 * 1024 ** 3, origin: 'ours' }),
  partsInFlight: integer(undefined, 'Ranges of one object that are read at the same time, over S3; 1: objects are read whole. Without it, as many as keep 64 requests in flight, 16 a thread. Also parts of one upload that are under way; without it, 4.', { min: 1, origin: 'ours' }),
  multipartThreshold: integer(undefined, 'Objects up to this size are written by one PUT, if it is more than part_size, and are whole in memory for that; S3 takes 5 GiB at most.', { unit: 'bytes', min: 1, origin: 'ours' }),
  singlePut: yesNo(false, 'Every object is written by one PUT, whatever its size.', { origin: 'ours' }),
  checksum: oneOf(uploadChecksums, 'none', 'Checksum sent with every body for the store to check, and held against its answer. none is the default because some stores refuse headers that they do not know; crc32 costs next to nothing.', { origin: 'ours' }),
  payloadSigning: oneOf(payloadSignings, 'auto', 'Whether the signature covers bodies, by their SHA-256: auto over plain HTTP only, since TLS protects them already; never spares the client that time.', { origin: 'ours' }),
  requesterPays: yesNo(false, 'Requests are on our account, which the owner of such a bucket asks for.', { origin: 'ours' }),
  serverSideEncryption: text(undefined, 'How the store encrypts what is written: AES256, aws:kms or aws:kms:dsse; without it, as the bucket says.', { origin: 'ours' }),
  kmsKeyId: text(undefined, 'Key for server_side_encryption aws:kms; without it, that of the account.', { origin: 'ours' }),
  sseCustomerKey: text(undefined, 'Key of our own for everything that is written and read (SSE-C), 32 bytes in base64; S3 wants TLS for it. Better by an interpolation of the environment.', { secret: true, origin: 'ours' }),
  storageClass: text(undefined, 'Storage class of what is written; without it, that of the store.', { origin: 'ours' }),
  requestHeaders: texts(undefined, 'Further headers, as "x-amz-name: value": those about an object go with what writes it, all others with every request.', { origin: 'ours', unquoted: true }),
  storageLibrary: text(undefined, 'Python client library.', { origin: 'MLCommons', status: 'inert', why: library }),
  useFullObjectUri: yesNo(false, 'Use whole URIs as object keys.', { origin: 'MLCommons', status: 'unsupported', why: 'object keys are plain keys, as every other tool sees them' }),
  staggerWorkers: yesNo(true, 'Delay the first fetch of each worker.', { origin: 'MLCommons', status: 'inert', why: 'first fetches are not delayed' }),
  prefetchWorkers: integer(undefined, 'Threads of a Parquet reader.', { origin: 'MLCommons', status: 'inert', why: parquetReader }),
  columns: texts(undefined, 'Parquet columns to read; without it, all.', { origin: 'MLCommons' }),
  decode: text('raw', 'How far a Parquet reader decodes.', { origin: 'MLCommons', status: 'inert', why: '--decode full or none says what is decoded' }),
  decodeOutput: text('none', 'What a Parquet reader gives.', { origin: 'MLCommons', status: 'inert', why: parquetReader }),
  coalesceRgs: integer(8, 'Parquet row groups per request.', { origin: 'MLCommons', status: 'inert', why: parquetReader }),
  footerCap: integer(4 * 1024 * 1024, 'Bytes fetched for a Parquet footer.', { unit: 'bytes', origin: 'MLCommons', status: 'inert', why: parquetReader }),
  footerBatchSize: integer(16, 'Parquet footers fetched together.', { origin: 'MLCommons', status: 'inert', why: parquetReader }),
  maxOutstanding: integer(undefined, 'Requests in flight of a Parquet reader.', { origin: 'MLCommons', status: 'inert', why: parquetReader }),
  simulateIo: yesNo(false, 'Skip all reads.', { origin: 'MLCommons', status: 'unsupported', why: 'reads are never skipped' }),
  simLogSecs: integer(60, 'Seconds between log lines of simulate_io.', { unit: 'seconds', origin: 'MLCommons', status: 'inert', why: 'it belongs to simulate_io' }),
}

export const storageKeys: Keys<Storage, 'storageOptions'> = {
  storageType: oneOf(storageTypes, 'local_fs', 'Kind of store. aistore is reached over S3; direct_fs and parallel_fs are directories.'),
  storageRoot: text('./', 'Bucket, or directory before every path. A scheme (s3://bucket/prefix) is understood too.'),
  storageLibrary: text(undefined, 'Python client library, moved into storage_options.', { origin: 'MLCommons', status: 'inert', why: library }),
  postGenerationSettleSeconds: decimal(0, 'Pause after writing the data set.', { unit: 'seconds', origin: 'MLCommons', status: 'unsupported', why: 'the run goes on at once; S3 lists an object as soon as its write is confirmed' }),
  storageOptions: optionKeys,
}
