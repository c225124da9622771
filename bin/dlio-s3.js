#!/usr/bin/env node
// Checks the Node version before anything newer than it is parsed, then starts the program.

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: dlio-s3 needs Node 20.19 or newer, this is ${process.versions.node}\n`)
  process.exitCode = 2
} else {
  const { main } = await import('../dist/src/cli/main.js')
  await main(process.argv.slice(2))
}
