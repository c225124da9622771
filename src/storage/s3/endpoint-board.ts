// What all threads know of the endpoints of one store: who is busy, who rests after a failure, and what each has done.

/** Plain data, part of a spec. */
export interface EndpointBoard {
  /** Requests under way, shape [endpoints]. */
  readonly outstanding: Int32Array<SharedArrayBuffer>
  /** Shape [endpoints, 5], as of `slot`. */
  readonly figures: BigInt64Array<SharedArrayBuffer>
}

/** `restsUntil` in milliseconds since 1970; `failures` in a row, each after a rest. */
const slot = { requests: 0, bytes: 1, errors: 2, restsUntil: 3, failures: 4 } as const
const width = Object.keys(slot).length

/** What one endpoint was asked for over all threads. `bytes` of object content moved; `errors` that were the endpoint's, answered by another attempt or not. */
export interface EndpointFigures {
  readonly endpoint: string
  readonly requests: number
  readonly bytes: number
  readonly errors: number
}

export function createEndpointBoard(count: number): EndpointBoard {
  return { outstanding: new Int32Array(new SharedArrayBuffer(4 * count)), figures: new BigInt64Array(new SharedArrayBuffer(8 * width * count)) }
}

export function addFigure({ figures }: EndpointBoard, index: number, name: 'requests' | 'bytes' | 'errors' | 'failures', by: number): void {
  Atomics.add(figures, index * width + slot[name], BigInt(by))
}

export function setFigure({ figures }: EndpointBoard, index: number, name: 'restsUntil' | 'failures', to: number): void {
  Atomics.store(figures, index * width + slot[name], BigInt(Math.ceil(to)))
}

export function figureOf({ figures }: EndpointBoard, index: number, name: keyof typeof slot): number {
  return Number(Atomics.load(figures, index * width + slot[name]))
}

/** `names` as of the endpoints, in their order. */
export function endpointFigures(board: EndpointBoard, names: readonly string[]): EndpointFigures[] {
  return names.map((endpoint, index) => ({ endpoint, requests: figureOf(board, index, 'requests'), bytes: figureOf(board, index, 'bytes'), errors: figureOf(board, index, 'errors') }))
}
