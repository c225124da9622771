// workflow.generate_data: writes what is missing of the data set.

import { generate } from '../dataset/generate.ts'
import { loadFormat } from '../format/index.ts'
import { uploadPlanOf } from '../storage/upload-plan.ts'
import { formatBytes, formatSeconds, toSeconds } from '../util/units.ts'
import { fileWriter } from './generate-writer.ts'
import { datasetSettings, formatOf } from './plans.ts'
import type { Session } from './session.ts'
import { version } from './version.ts'

/** Uploads in flight where reader.write_threads does not ask for more. DLIO's fork takes 8 to 32. */
const defaultUploads = 16

/** How many objects were written. */
export async function generatePhase(session: Session): Promise<number> {
  const { request: { loaded, flags, voice }, clock, store, sink, controller: { signal } } = session
  const { workload } = loaded
  const name = formatOf(loaded)
  const format = await loadFormat(name)
  const uploads = Math.max(defaultUploads, workload.reader.writeThreads)
  const beginAt = clock.now()
  session.takeCounts()
  let soFar = { objectsDone: 0, objectsWritten: 0, bytesWritten: 0 }
  try {
    const result = await generate({
      store, format, signal, clock, version, uploads,
      writer: fileWriter(session, { format, name, uploads }),
      settings: datasetSettings(workload, session.target.prefix, flags.seed),
      memoryLimit: session.memoryLimitBytes,
      uploadPlan: uploadPlanOf(session.target.spec),
      adopt: flags.adopt ?? false,
      createContainer: flags.createBucket === true || session.target.spec.kind !== 's3',
      onProgress: (progress) => {
        soFar = progress
        voice.progress(() => {
          const seconds = toSeconds(clock.now() - beginAt)
          return `phase=generate objects=${progress.objectsDone}/${progress.objectsTotal} bytes=${formatBytes(progress.bytesWritten)} rate=${formatBytes(progress.bytesWritten / seconds)}/s elapsed=${formatSeconds(seconds)}`
        })
      },
    })
    sink({ type: 'generate-end', beginAt, endAt: clock.now(), objectsWritten: result.objectsWritten, objectsKept: result.objectsKept, bytesWritten: result.bytesWritten, ...session.takeCounts() })
    return result.objectsWritten
  } catch (error) {
    // What was written before it stopped is part of the partial report.
    sink({ type: 'generate-end', beginAt, endAt: clock.now(), objectsWritten: soFar.objectsWritten, objectsKept: soFar.objectsDone - soFar.objectsWritten, bytesWritten: soFar.bytesWritten, ...session.takeCounts() })
    throw error
  }
}
