// Replies on their way to the main thread: those that end in one turn of the event loop go in one message.

import { packReply, type BatchReply, type PackedReplies, type RepliesToSend } from '../loader/protocol.ts'

export class Outbox {
  readonly #post: (replies: PackedReplies) => void
  #replies: RepliesToSend = { numbers: [], failures: [], retriesBy: [] }
  #isScheduled = false

  constructor(post: (replies: PackedReplies) => void) { this.#post = post }

  /** The reply is posted at the end of this turn, unless `take` comes first. */
  add(id: number, reply: BatchReply): void {
    packReply(id, reply, this.#replies)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const replies = this.take()
      if (replies.numbers.length > 0) this.#post(replies)
    })
  }

  /** What was not posted yet, to be brought by somebody who goes anyway. */
  take(): PackedReplies {
    const replies = this.#replies
    this.#replies = { numbers: [], failures: [], retriesBy: [] }
    return replies
  }
}
