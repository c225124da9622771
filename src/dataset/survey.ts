// What is already where a data set is to be generated: one state per planned file, and what is there besides.

import type { ObjectStore } from '../storage/store.ts'
import { visitPages } from './key-ranges.ts'
import { isCompanion } from './names.ts'
import type { GenerationPlan } from './plan.ts'

/** A planned file that is not there, is there with the size it should have, or is there with another. */
export const fileStates: { readonly missing: 0; readonly present: 1; readonly otherSize: 2 } = { missing: 0, present: 1, otherSize: 2 }

export interface Survey {
  /** One of fileStates per combined file index. Shape [plan.numFiles]. */
  readonly states: Uint8Array
  numPresent: number
  numOtherSize: number
  /** Objects in the set folders that the plan does not name; folder markers and DLIO's index files are not counted. */
  numForeign: number
  /** Keys to show; '' where the count is 0. */
  exampleOtherSize: string
  exampleForeign: string
}

/** Where encoding alone tells a file's size, any object but an empty one is taken for the right one. */
export async function survey(store: ObjectStore, plan: GenerationPlan, signal?: AbortSignal): Promise<Survey> {
  const found: Survey = { states: new Uint8Array(plan.numFiles), numPresent: 0, numOtherSize: 0, numForeign: 0, exampleOtherSize: '', exampleForeign: '' }
  for (const set of ['train', 'valid'] as const) {
    await visitPages(store, { layout: plan.settings, set, signal }, (page) => {
      for (const { key, size } of page) {
        const index = plan.indexOf(set, key)
        if (index === undefined) noteForeign(found, key)
        else noteFile(found, index, { key, size, wanted: plan.file(index).size })
      }
    })
  }
  return found
}

function noteForeign(found: Survey, key: string): void {
  if (isCompanion(key)) return
  if (found.numForeign++ === 0) found.exampleForeign = key
}

function noteFile(found: Survey, index: number, { key, size, wanted }: { key: string; size: number; wanted: number | undefined }): void {
  if (wanted === undefined ? size > 0 : size === wanted) {
    found.states[index] = fileStates.present
    found.numPresent++
    return
  }
  found.states[index] = fileStates.otherSize
  if (found.numOtherSize++ === 0) found.exampleOtherSize = key
}
