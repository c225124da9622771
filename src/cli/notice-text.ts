// A notice of a workload with its place: "workload.yaml:12: …".

import type { Notice } from '../workload/notices.ts'

export function noticeText({ message, file, line }: Notice): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `
  return `${place}${message}`
}
