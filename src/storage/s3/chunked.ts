// Takes the framing off a chunked body. Source: RFC 9112 section 7.1.

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

export class ChunkedDecoder {
  #state: State = 'size'
  /** The line being read: a size or a trailer field. Bounded, so that a server cannot make it grow. */
  #line = ''
  #left = 0

  get isDone(): boolean { return this.#state === 'done' }

  /**
   * Decodes `bytes`, handing stretches of content to `sink` as views. Returns how many bytes were the body's:
   * fewer than given when it ended within them. -1: not chunked as it should be.
   */
  push(bytes: Uint8Array, sink: (content: Uint8Array) => void): number {
    let at = 0
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const content = bytes.subarray(at, at + this.#left)
        sink(content)
        at += content.length
        this.#left -= content.length
        if (this.#left === 0) this.#state = 'data-end'
        continue
      }
      const byte = bytes[at++]!
      if (byte !== 0x0a) {
        if (this.#line.length > 1024 || (this.#state === 'data-end' && byte !== 0x0d)) return -1
        this.#line += String.fromCharCode(byte)
      } else if (!this.#endLine()) return -1
    }
    return at
  }

  #endLine(): boolean {
    if (!this.#line.endsWith('\r')) return false
    const line = this.#line.slice(0, -1)
    this.#line = ''
    if (this.#state === 'size') {
      const match = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line)
      if (!match) return false
      this.#left = Number.parseInt(match[1]!, 16)
      this.#state = this.#left === 0 ? 'trailer' : 'data'
      return true
    }
    if (this.#state === 'data-end') {
      this.#state = 'size'
      return line === ''
    }
    if (line === '') this.#state = 'done'
    return true
  }
}
