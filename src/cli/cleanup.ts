// What is to be undone when a run ends, however it ends: last opened, first closed.

type Undo = () => Promise<void> | void

export class Cleanup {
  readonly #undo: Undo[] = []

  defer(undo: Undo): void { this.#undo.push(undo) }

  /** Runs all of them once, also when one fails; rejects with the first failure. */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
