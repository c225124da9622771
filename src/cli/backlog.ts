// Work that must not be done at once: items wait here and are taken a few at a time, between whatever else the thread does.

/** Items of one turn of the event loop at least: few, so that a sleeper of the clock that is due in between is not woken late. */
const sliceLength = 32
/** Where more is waiting, this share of it: what comes in faster than a slice must not pile up for ever. */
const share = 8

export class Backlog<Item> {
  readonly #work: (item: Item) => void
  #items: Item[] = []
  #done = 0
  #isScheduled = false

  constructor(work: (item: Item) => void) { this.#work = work }

  add(item: Item): void {
    this.#items.push(item)
    this.#schedule()
  }

  /** Works on everything that is waiting. */
  flush(): void { this.#workOn(this.#items.length - this.#done) }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const waiting = this.#items.length - this.#done
      this.#workOn(Math.min(waiting, Math.max(sliceLength, Math.ceil(waiting / share))))
      if (this.#done < this.#items.length) this.#schedule()
    })
  }

  #workOn(count: number): void {
    for (const end = this.#done + count; this.#done < end;) this.#work(this.#items[this.#done++]!)
    if (this.#done < this.#items.length) return
    this.#items = []
    this.#done = 0
  }
}
