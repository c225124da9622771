// Which thread takes which of the batches that are asked for: each goes where the fewest are in work. piscina counts tasks,
// of which one may be many batches, so that one of two threads came to hold 6 of 8 batches, and their memory.

export class Loads {
  /** Batches in work by thread. */
  readonly #inWork = new Map<number, number>()

  /** How `count` batches are to be split over `threads` threads. The largest share first, which is for the thread with the least to do; shape [≤ threads]. */
  shares(count: number, threads: number): number[] {
    const loads = [...this.#inWork.values()]
    while (loads.length < threads) loads.push(0)
    loads.sort((a, b) => a - b)
    const shares = loads.map(() => 0)
    for (let i = 0; i < count; i++) {
      let least = 0
      for (let thread = 1; thread < loads.length; thread++) if (loads[thread]! + shares[thread]! < loads[least]! + shares[least]!) least = thread
      shares[least]!++
    }
    return shares.filter((share) => share > 0)
  }

  /** The one of them that has the fewest batches in work, the first of several; undefined where there is none. */
  least<Thread extends { readonly id: number }>(threads: readonly Thread[]): Thread | undefined {
    let [found, fewest]: [Thread | undefined, number] = [undefined, Infinity]
    for (const thread of threads) {
      const load = this.#inWork.get(thread.id) ?? 0
      if (load < fewest) [found, fewest] = [thread, load]
    }
    return found
  }

  begin(thread: number, count: number): void {
    this.#inWork.set(thread, (this.#inWork.get(thread) ?? 0) + count)
  }

  end(thread: number): void {
    const left = (this.#inWork.get(thread) ?? 0) - 1
    // A thread that died and was replaced is not remembered.
    if (left > 0) this.#inWork.set(thread, left)
    else this.#inWork.delete(thread)
  }
}
