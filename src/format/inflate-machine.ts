// One inflater of zlib for many streams, each straight into memory of the caller. `zlib.inflateSync` makes an inflater, its
// result and what surrounds both anew for every stream: 13 µs for 32 KiB of what does not deflate, where the inflating itself
// takes 2. Node has no public function for this; what its own streams are made of is tried once, and not used where it behaves otherwise.

import zlib from 'node:zlib'

/** What a stream of node:zlib wraps (Node 20 to 26). */
interface Handle {
  reset(): void
  /** Both ranges are [bytes, offset, length]. Leaves in `_writeState` how many bytes of each were not used: output first. */
  writeSync(flush: number, ...ranges: [...from: [Uint8Array, number, number], ...into: [Uint8Array, number, number]]): void
}

/** Inflates a stream with zlib's wrapper, its checksum verified, to fill `into` exactly. Gives what is wrong with it, if anything is. */
export type InflateMachine = (compressed: Uint8Array, into: Uint8Array) => string | undefined

const { Z_FINISH } = zlib.constants

function makeMachine(): InflateMachine {
  const { _handle: handle, _writeState: left } = zlib.createInflate({ chunkSize: 64 }) as unknown as { readonly _handle: Handle; readonly _writeState: Uint32Array }
  const rest = new Uint8Array(1)
  let failure: string | undefined
  Object.assign(handle, { onerror(message: string) { failure = message } })
  return (compressed, into) => {
    failure = undefined
    handle.reset()
    handle.writeSync(Z_FINISH, compressed, 0, compressed.length, into, 0, into.length)
    if (failure !== undefined) return failure
    if (left[0]! > 0) return `it gives ${into.length - left[0]!} bytes, ${into.length} were declared`
    // Only with room for one byte more it says whether it is at its end, or has more, or is cut before its checksum.
    handle.writeSync(Z_FINISH, compressed, compressed.length - left[1]!, left[1]!, rest, 0, 1)
    return failure ?? (left[0]! > 0 ? undefined : `it gives more than the ${into.length} bytes that were declared`)
  }
}

/** Whether it inflates, and notices all that can be wrong. */
function isSound(inflate: InflateMachine): boolean {
  const text = Buffer.from('known beforehand, known beforehand')
  const good = zlib.deflateSync(text)
  const changed = Buffer.from(good)
  changed[changed.length - 1]! ^= 1
  const into = Buffer.alloc(text.length)
  const bad = [good.subarray(0, -1), good.subarray(0, 8), changed, text, zlib.deflateSync(text.subarray(1)), zlib.deflateSync(Buffer.concat([text, text]))]
  return bad.every((stream) => inflate(stream, into) !== undefined) && inflate(good, into.fill(0)) === undefined && into.equals(text)
}

function soundMachine(): InflateMachine | undefined {
  try {
    const machine = makeMachine()
    return isSound(machine) ? machine : undefined
  } catch {
    return undefined
  }
}

let machine: { readonly inflate: InflateMachine | undefined } | undefined

/** Undefined where this Node has none: then `zlib.inflateSync` must do. */
export function inflateMachine(): InflateMachine | undefined {
  machine ??= { inflate: soundMachine() }
  return machine.inflate
}
