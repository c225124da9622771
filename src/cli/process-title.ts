// What other users of this machine see of a command: `ps` shows a process's words as they were given, secrets included.

/** Takes the place of the command line, where a word of it may hold a secret. What was seen before it ran cannot be taken back. */
export async function hideSecrets(argv: readonly string[]): Promise<void> {
  // Few command lines have any, and then nothing is loaded for it.
  if (!argv.some((word) => /@|secret|token|passw|key/i.test(word))) return
  const { maskWords } = await import('../workload/mask.ts')
  const masked = maskWords(argv)
  if (masked.some((word, index) => word !== argv[index])) process.title = ['dlio-s3', ...masked].join(' ')
}
