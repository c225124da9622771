// Numbers with their nouns, for the sentences of limit and notes and for the text report.

import { significant } from '../util/units.ts'

/** Thousands apart by a blank: "104 000". */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}

/** "1 request", "2 048 requests". `several` where an s does not do. */
export function counted(count: number, one: string, several: string = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : several}`
}

/** "93.2%" of a number in percent. */
export function percentText(percent: number): string {
  return `${percent.toFixed(1)}%`
}

/** "40%" for what a person chose: no more digits than were given. */
export function goalText(percent: number): string {
  return `${Number(significant(percent))}%`
}
