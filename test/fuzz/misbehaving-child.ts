// A child that does what its first argument says, at the third input of those it is told.

import { writeSync } from 'node:fs'

const [what, first, inputs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
for (let seed = first; seed < first + inputs; seed++) {
  writeSync(1, `${JSON.stringify({ seed, file: `file ${seed}`, decoded: seed - first, refused: 0, worst: 7 })}\n`)
  if (seed !== 12) continue
  if (what === 'hang') for (;;);
  if (what === 'exit') process.exit(3)
  if (what === 'abort') process.kill(process.pid, 'SIGKILL')
  if (what === 'find') writeSync(1, `${JSON.stringify({ found: 'a mistake', seed, file: 'file 12' })}\n`)
}
writeSync(1, `${JSON.stringify({ seed: -1, file: '', decoded: inputs, refused: 0, worst: 7 })}\n`)
