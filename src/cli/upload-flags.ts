// How objects are written, as flags and storage_options say: in one PUT, or in parts.

import { defaultPartSize, type S3Spec } from '../storage/index.ts'
import type { StorageOptions } from '../workload/schema.ts'

/** Sizes in bytes. */
export interface UploadFlags {
  readonly part?: number
  readonly partsInFlight?: number
  readonly multipartThreshold?: number
  readonly singlePut?: boolean
}

type Named = Pick<StorageOptions, 'partSize' | 'partsInFlight' | 'multipartThreshold' | 'singlePut'>

/** Flags win. A threshold among them is another wish than single_put in a file. */
export function uploadSettings(flags: UploadFlags, options: Named | undefined): Pick<S3Spec, 'partSize' | 'partsInFlight' | 'multipartThreshold'> {
  const singlePut = flags.singlePut ?? (flags.multipartThreshold === undefined && options?.singlePut === true)
  const threshold = singlePut ? Infinity : flags.multipartThreshold ?? options?.multipartThreshold
  const partsInFlight = flags.partsInFlight ?? options?.partsInFlight
  return {
    partSize: flags.part ?? options?.partSize ?? defaultPartSize,
    ...(threshold === undefined ? {} : { multipartThreshold: threshold }), ...(partsInFlight === undefined ? {} : { partsInFlight }),
  }
}
