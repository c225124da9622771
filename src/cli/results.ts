// The files of a result: ours, and DLIO's own beside them.

import os from 'node:os'
import path from 'node:path'
import type { RunSummary } from '../metrics/summary.ts'
import { dlioFiles } from '../report/dlio/dlio-files.ts'
import { jsonReport } from '../report/json.ts'
import type { ReportFile, ReportOptions } from '../report/report.ts'
import { textReport } from '../report/text.ts'
import { pythonTime } from './python-time.ts'
import { phasesOf, recordBytes } from '../workload/derive.ts'
import { composedYaml, overridesYaml } from '../workload/print.ts'
import { readHost } from './host.ts'
import { writeWhole } from './results-folder.ts'
import type { RunRequest } from './session.ts'

export interface RenderedResults {
  readonly json: string
  readonly text: string
  readonly files: readonly ReportFile[]
}

/** Everything that is said about a finished run. `folder` is where it will lie, when it will. */
export async function renderResults(request: RunRequest, summary: RunSummary, folder: string | undefined): Promise<RenderedResults> {
  const { loaded, flags, command } = request
  const { workload } = loaded
  const phases = phasesOf(workload)
  const shown = folder === undefined ? undefined : relative(folder)
  const options: ReportOptions = {
    command,
    environment: { node: process.versions.node, platform: process.platform, arch: process.arch, cpu_model: os.cpus()[0]?.model ?? '', memory_bytes: os.totalmem() },
    ...(shown === undefined ? {} : { files: [`${shown}/`] }),
  }
  const json = jsonReport.render(summary, options)
  const text = textReport.render(summary, options)
  if (folder === undefined) return { json, text, files: [] }
  const dlio = dlioFiles(summary, {
    generateData: summary.generation !== undefined, train: phases.train, evaluation: phases.evaluate, checkpoint: false,
    numFilesTrain: workload.dataset.numFilesTrain, numFilesEval: workload.dataset.numFilesEval, numSamplesPerFile: workload.dataset.numSamplesPerFile,
    recordLengthBytes: recordBytes(workload), totalTrainingSteps: workload.train.totalTrainingSteps, epochs: workload.train.epochs,
    computationTime: pythonTime(workload.train.computationTime), au: workload.metric.au, outputFolder: shown!, logLevel: flags.verbose ? 'info' : 'warning',
    hosts: [await readHost()],
  }).map((file) => (file.name === 'dlio.log' ? { ...file, name: path.basename(workload.output.logFile) } : file))
  const hydra = loaded.hydra.outputSubdir ?? '.hydra'
  return {
    json, text,
    files: [
      { name: 'result.json', text: json },
      { name: 'report.txt', text },
      ...dlio,
      { name: `${hydra}/config.yaml`, text: composedYaml(loaded) },
      { name: `${hydra}/overrides.yaml`, text: overridesYaml(loaded) },
    ],
  }
}

export async function writeResults(folder: string, { files }: RenderedResults): Promise<void> {
  for (const file of files) await writeWhole(path.join(folder, file.name), file.text)
}

function relative(folder: string): string {
  const short = path.relative(process.cwd(), folder)
  return short.startsWith('..') || short === '' ? folder : short
}
