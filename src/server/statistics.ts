// What the server has been asked for.

import type { ServerState } from './operation.ts'

export interface ServerStats {
  /** Requests by the name of the operation, as in "GetObject", whatever their answer was. Refused before that: "Refused". */
  readonly requests: Readonly<Record<string, number>>
  /** Multipart uploads neither completed nor aborted. */
  readonly openUploads: number
  readonly objects: number
  readonly bytes: number
}

export class Statistics {
  readonly #requests = new Map<string, number>()

  count(operation: string): void {
    this.#requests.set(operation, (this.#requests.get(operation) ?? 0) + 1)
  }

  snapshot({ buckets, uploads }: ServerState): ServerStats {
    let objects = 0
    let bytes = 0
    for (const bucket of buckets.all()) {
      objects += bucket.objects.size
      for (const { info } of bucket.objects.values()) bytes += info.size
    }
    return { requests: Object.fromEntries(this.#requests), openUploads: uploads.size, objects, bytes }
  }
}
