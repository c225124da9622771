// What the text of one CSV cell means. Source: pandas.read_csv, its default na_values and spellings of numbers.

const wholeNumber = /^[ \t]*[-+]?\d+[ \t]*$/
const realNumber = /^[ \t]*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?[ \t]*$/
const infinity = /^([-+]?)inf(inity)?$/i
const missing = new Set(['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])

/** The number that a cell is, NaN where a value is missing; undefined where it is text. */
export function cellNumber(text: string): number | undefined {
  if (realNumber.test(text)) return Number(text)
  if (missing.has(text)) return Number.NaN
  const match = infinity.exec(text)
  return match ? (match[1] === '-' ? -Infinity : Infinity) : undefined
}

export function isWholeNumber(text: string): boolean {
  return wholeNumber.test(text)
}

/** pandas' spellings of booleans; undefined for anything else. */
export function cellBoolean(text: string): boolean | undefined {
  if (text === 'True' || text === 'TRUE' || text === 'true') return true
  if (text === 'False' || text === 'FALSE' || text === 'false') return false
  return undefined
}
