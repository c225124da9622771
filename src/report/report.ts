// PORT: a report is text made of a summary. Knows no files, no screen, no colour; the same summary gives the same text.

import type { RunSummary } from '../metrics/summary.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined }

/** What a report cannot know from the events. */
export interface ReportOptions {
  /** The command as it was given: how to repeat it. Without secrets. */
  readonly command: string
  /** Facts about this machine and its programs, for comparing results: Node, platform, CPU model, … */
  readonly environment?: { readonly [key: string]: JsonValue | undefined } | undefined
  /** Paths of the files of this result, shown as they are. */
  readonly files?: readonly string[] | undefined
}

export interface Reporter {
  /** What `--format` calls it. */
  readonly name: string
  /** Ends with a newline. */
  render(summary: RunSummary, options: ReportOptions): string
}

/** A file to be written, named relative to the result's folder. */
export interface ReportFile {
  readonly name: string
  readonly text: string
}
