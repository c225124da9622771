// How other S3 clients are told what to do.

import type { ServedAt } from '../storage/s3-under-test.ts'

export interface ForeignClient {
  readonly name: string
  /** Before the command, and around it. */
  readonly access: (server: ServedAt) => { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  readonly uri: (bucket: string, key: string) => string
  readonly put: (file: string, uri: string) => string[]
  readonly get: (uri: string, file: string) => string[]
  readonly list: (uri: string) => string[]
  readonly remove: (uri: string) => string[]
  readonly putTree: (folder: string, uri: string) => string[]
  readonly getTree: (uri: string, folder: string) => string[]
  readonly removeTree: (uri: string) => string[]
}

const s3Uri = (bucket: string, key: string): string => `s3://${bucket}/${key}`

export const foreignClients: readonly ForeignClient[] = [
  {
    name: 's3cmd', uri: s3Uri,
    access: ({ endpoint, region, credentials }) => {
      const { host } = new URL(endpoint)
      return {
        args: ['--config=/dev/null', '--no-ssl', '--no-progress', `--host=${host}`, `--host-bucket=${host}`, `--region=${region}`, `--access_key=${credentials.accessKeyId}`, `--secret_key=${credentials.secretAccessKey}`, '--multipart-chunk-size-mb=5'],
        env: {},
      }
    },
    put: (file, uri) => ['put', file, uri],
    get: (uri, file) => ['get', uri, file],
    list: (uri) => ['ls', uri],
    remove: (uri) => ['del', uri],
    putTree: (folder, uri) => ['sync', `${folder}/`, `${uri}/`],
    getTree: (uri, folder) => ['sync', `${uri}/`, `${folder}/`],
    removeTree: (uri) => ['del', '--recursive', '--force', `${uri}/`],
  },
  {
    name: 'aws', uri: s3Uri,
    access: ({ endpoint, region, credentials }) => ({
      args: ['--endpoint-url', endpoint],
      env: {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_DEFAULT_REGION: region, AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_PAGER: '', PYTHONUTF8: '1',
      },
    }),
    put: (file, uri) => ['s3', 'cp', '--no-progress', file, uri],
    get: (uri, file) => ['s3', 'cp', '--no-progress', uri, file],
    list: (uri) => ['s3', 'ls', uri],
    remove: (uri) => ['s3', 'rm', uri],
    putTree: (folder, uri) => ['s3', 'sync', '--no-progress', folder, uri],
    getTree: (uri, folder) => ['s3', 'sync', '--no-progress', uri, folder],
    removeTree: (uri) => ['s3', 'rm', '--recursive', uri],
  },
  {
    name: 'rclone', uri: (bucket, key) => `here:${bucket}/${key}`,
    access: ({ endpoint, region, credentials }) => ({
      args: ['--s3-upload-cutoff', '5M', '--s3-chunk-size', '5M', '--retries', '1'],
      env: {
        RCLONE_CONFIG: '/nonexistent', RCLONE_CONFIG_HERE_TYPE: 's3', RCLONE_CONFIG_HERE_PROVIDER: 'Other', RCLONE_CONFIG_HERE_ENDPOINT: endpoint, RCLONE_CONFIG_HERE_REGION: region,
        RCLONE_CONFIG_HERE_ACCESS_KEY_ID: credentials.accessKeyId, RCLONE_CONFIG_HERE_SECRET_ACCESS_KEY: credentials.secretAccessKey, RCLONE_CONFIG_HERE_FORCE_PATH_STYLE: 'true',
      },
    }),
    put: (file, uri) => ['copyto', file, uri],
    get: (uri, file) => ['copyto', uri, file],
    list: (uri) => ['lsf', uri],
    remove: (uri) => ['deletefile', uri],
    putTree: (folder, uri) => ['copy', folder, uri],
    getTree: (uri, folder) => ['copy', uri, folder],
    removeTree: (uri) => ['delete', uri],
  },
]
