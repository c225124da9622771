// CPU of this process over a stretch of time. Not health.ts: its look at the main thread's loop would only cost here, where that thread idles.

export interface CpuWatch {
  /** Seconds since the watch began, user and system. Undefined where the server's share cannot be told. */
  stop(): Promise<number | undefined>
}

/** `askServerCpuSeconds`: CPU so far of the built-in server's thread, which is not the client's. */
export function watchCpu(askServerCpuSeconds: () => Promise<number | undefined>): CpuWatch {
  // A server thread that has died cannot tell any more: its figure is then not known, which is no reason to fail.
  const ask = (): Promise<number | undefined> => askServerCpuSeconds().catch(() => undefined)
  const serverAtBegin = ask()
  const begin = process.cpuUsage()
  return {
    async stop() {
      const { user, system } = process.cpuUsage(begin)
      const [before, now] = await Promise.all([serverAtBegin, ask()])
      return before === undefined || now === undefined ? undefined : Math.max(0, (user + system) / 1e6 - (now - before))
    },
  }
}
