// Source: Matsumoto and Nishimura, mt19937ar (init_genrand, genrand_int32), and the conventions of NumPy's legacy
// RandomState on top of it (random_sample, polar normal, masked rejection). DLIO's shapes and shuffles are made of these.

const stateLength = 624
const shiftLength = 397

/** The smallest 2^k − 1 that is not below `limit`. */
function maskOf(limit: number): number {
  return limit === 0 ? 0 : 0xffffffff >>> Math.clz32(limit)
}

/** One MT19937 stream. Two instances of one seed give the same numbers for ever. */
export class MersenneTwister {
  readonly #state: Uint32Array = new Uint32Array(stateLength)
  #position = stateLength
  #spareNormal: number | undefined

  /** `seed`: an unsigned 32-bit number; only its low 32 bits count. */
  constructor(seed: number) {
    const state = this.#state
    state[0] = seed
    for (let i = 1; i < stateLength; i++) {
      const before = state[i - 1]!
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i
    }
  }

  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number {
    if (this.#position === stateLength) this.#regenerate()
    let y = this.#state[this.#position++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  /** Uniform over [0, 1) with 53 random bits. */
  randomSample(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 67108864 + low) / 9007199254740992
  }

  /** Marsaglia's polar method: values come in pairs, the second of which waits for the next call. */
  normal(mean = 0, standardDeviation = 1): number {
    return mean + standardDeviation * this.#standardNormal()
  }

  #standardNormal(): number {
    const spare = this.#spareNormal
    if (spare !== undefined) {
      this.#spareNormal = undefined
      return spare
    }
    for (;;) {
      const x1 = 2 * this.randomSample() - 1
      const x2 = 2 * this.randomSample() - 1
      const squares = x1 * x1 + x2 * x2
      if (squares >= 1 || squares === 0) continue
      const factor = Math.sqrt(-2 * Math.log(squares) / squares)
      this.#spareNormal = factor * x1
      return factor * x2
    }
  }

  /** Uniform over 0 … `limit` inclusive, `limit` below 2^32: masked draws until one fits. Draws nothing for limit 0. */
  interval(limit: number): number {
    if (limit === 0) return 0
    const mask = maskOf(limit)
    for (;;) {
      const value = (this.uint32() & mask) >>> 0
      if (value <= limit) return value
    }
  }

  /** `numpy.random.randint(high)` of a legacy generator: uniform over 0 … high − 1, `high` at most 2^32. */
  randint(high: number): number {
    return this.interval(high - 1)
  }

  /** `numpy.random.randint(high, size=into.length, dtype=uint8)`: each draw of 32 bits serves four bytes, lowest first. */
  randintBytes(high: number, into: Uint8Array): void {
    const limit = high - 1
    const mask = maskOf(limit)
    let bits = 0
    let bytesLeft = 0
    for (let i = 0; i < into.length; i++) {
      let value = limit === 0 ? 0 : limit + 1
      while (value > limit) {
        bits = bytesLeft === 0 ? this.uint32() : bits >>> 8
        bytesLeft = bytesLeft === 0 ? 3 : bytesLeft - 1
        value = bits & mask & 0xff
      }
      into[i] = value
    }
  }

  /** Fisher–Yates from the end, in place, as `numpy.random.shuffle` of a legacy generator. */
  shuffle(values: Uint32Array | number[]): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.interval(i)
      const moved = values[i]!
      values[i] = values[j]!
      values[j] = moved
    }
  }

  #regenerate(): void {
    const state = this.#state
    for (let i = 0; i < stateLength; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % stateLength]! & 0x7fffffff)
      const twist = y & 1 ? 0x9908b0df : 0
      state[i] = state[(i + shiftLength) % stateLength]! ^ (y >>> 1) ^ twist
    }
    this.#position = 0
  }
}
