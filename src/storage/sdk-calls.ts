// Calls through the AWS SDK: at which endpoint, in which region, and what their failures mean.

import { createController, expectListeners, onAbort } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { throwIfAborted } from '../util/fault.ts'
import { checkKey, type FaultContext, type Operation } from './faults.ts'
import { addressesOf, addressOf, type Address } from './s3/address.ts'
import { Endpoints } from './s3/endpoints.ts'
import { overdueFault } from './s3/phase-watch.ts'
import { regionOf, sdkFault } from './sdk-errors.ts'
import type { S3Spec } from './spec.ts'

/** `bytes` of object content that it moves. */
export interface Asked {
  readonly operation: Operation
  readonly key?: string
  readonly signal: AbortSignal | undefined
  readonly bytes?: number
}

/** What a command is sent with. */
export interface At<Client> {
  readonly client: Client
  readonly abort: { readonly abortSignal?: AbortSignal }
  readonly context: FaultContext
}

interface Settings { readonly ip: string | undefined; readonly region: () => Promise<string> }

export class SdkCalls<Client> {
  /** The one endpoint's, or the first one's. */
  readonly client: Client
  /** When there are several endpoints: a client of each. */
  readonly #clients: ReadonlyMap<Address, Client>
  readonly #endpoints: Endpoints | undefined
  readonly #spec: S3Spec
  #region: string
  #origin: string

  constructor(spec: S3Spec, connect: (spec: S3Spec, settings: Settings) => Client) {
    this.#spec = spec
    this.#region = spec.region
    this.#origin = addressOf(spec).origin
    const region = async (): Promise<string> => this.#region
    const addresses = addressesOf(spec)
    this.#clients = new Map(addresses.map((address, i) => {
      const { url, ip } = spec.endpoints!.all[i]!
      return [address, connect({ ...spec, endpoint: url }, { ip, region })]
    }))
    this.client = this.#clients.get(addresses[0]!) ?? connect(spec, { ip: undefined, region })
    this.#endpoints = spec.endpoints && new Endpoints(addresses, spec.endpoints.board, systemClock)
  }

  get origin(): string { return this.#origin }
  get region(): string { return this.#region }
  get all(): readonly Client[] { return this.#clients.size > 0 ? [...this.#clients.values()] : [this.client] }

  /** What a Fault about `operation` should know. */
  context(operation: Operation, key?: string, origin: string = this.#origin): FaultContext {
    return { operation, bucket: this.#spec.bucket, endpoint: origin, ...(key === undefined ? {} : { key }), ...(this.#spec.credentials ? {} : { isUnsigned: true }) }
  }

  /** Carries out `call`, of several endpoints at the one with the least to do. @throws {Fault} */
  async run<T>(asked: Asked, call: (at: At<Client>) => Promise<T>): Promise<T> {
    throwIfAborted(asked.signal)
    if (asked.key !== undefined) checkKey(asked.key, this.context(asked.operation, asked.key))
    expectListeners(asked.signal)
    if (!this.#endpoints) return await this.#runAt(undefined, asked, call)
    return await this.#endpoints.send((address) => this.#runAt(address, asked, call), () => asked.bytes ?? 0)
  }

  async #runAt<T>(address: Address | undefined, { operation, key, signal }: Asked, call: (at: At<Client>) => Promise<T>): Promise<T> {
    const { total } = this.#spec.timeouts
    const client = address ? this.#clients.get(address)! : this.client
    const attempt = async (): Promise<T> => {
      const context = this.context(operation, key, address?.origin)
      try {
        return await within(total, { signal, context }, (limit) => call({ client, abort: limit ? { abortSignal: limit } : {}, context }))
      } catch (error) {
        throw sdkFault(error, context, signal)
      }
    }
    const signedFor = this.#region
    try {
      return await attempt()
    } catch (error) {
      const region = regionOf(error)
      if (region === undefined || region === signedFor) throw error
      this.#region = region
      this.#origin = addressOf({ ...this.#spec, region }).origin
      return await attempt()
    }
  }
}

/** Carries out `call`, which is aborted after `total` milliseconds: the SDK has limits for phases only. @throws {Fault} 'overdue', what `call` throws */
async function within<T>(total: number | undefined, { signal, context }: { readonly signal: AbortSignal | undefined; readonly context: FaultContext }, call: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  if (total === undefined) return await call(signal)
  const controller = createController()
  const forget = onAbort(signal, () => { controller.abort(signal!.reason) })
  let overdue: Error | undefined
  const timer = setTimeout(() => { controller.abort(overdue = overdueFault(total, context)) }, total)
  try {
    return await call(controller.signal)
  } catch (error) {
    throw overdue ?? error
  } finally {
    clearTimeout(timer)
    forget()
  }
}
