// Keys per CPU-second of a listing, from the page in a socket to the columns of the file table; the server is a process of its own.
// usage: node test/bench/listing.ts [keys] [subfolders] [rounds]

import { listFiles } from '../../src/dataset/listing.ts'
import type { Layout } from '../../src/dataset/names.ts'
import { defaultPartSize, defaultTimeouts, openStore } from '../../src/storage/index.ts'
import { formatBytes } from '../../src/util/units.ts'
import { forkKeyServer } from '../support/key-server.ts'

const numKeys = Number(process.argv[2] ?? 1_000_000)
const layout: Layout = { prefix: 'data', filePrefix: 'img', extension: 'npz', numFilesTrain: numKeys, numFilesEval: 0, numSubfoldersTrain: Number(process.argv[3] ?? 0), numSubfoldersEval: 0 }

const server = await forkKeyServer(layout)
const store = await openStore({ kind: 's3', transport: 'direct', bucket: 'keys', endpoint: server.endpoint, region: 'us-east-1', addressing: 'path', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts })
for (let round = 0; round < Number(process.argv[4] ?? 3); round++) {
  const begin = performance.now(), cpu = process.cpuUsage()
  const { table } = await listFiles(store, { layout, set: 'train', numSamplesPerFile: 1 })
  const seconds = (performance.now() - begin) / 1000, { user, system } = process.cpuUsage(cpu)
  process.stdout.write(`${table.numFiles} keys in ${seconds.toFixed(2)} s: ${Math.round(numKeys / seconds)} keys/s, ${Math.round(numKeys / ((user + system) / 1e6))} keys per CPU-second\n`)
}
process.stdout.write(`peak RSS ${formatBytes(process.resourceUsage().maxRSS * 1024)}\n`)
await store.close()
await server.close()
