// Loaded beside a profiled program: leaves the CPU time of the whole process in a file when it ends. Microseconds.

import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['BENCH_CPU_FILE']
if (isMainThread && file !== undefined) {
  process.once('exit', () => {
    const { user, system } = process.cpuUsage()
    writeFileSync(file, String(user + system))
  })
}
