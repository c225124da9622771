// Plain text in at most 80 columns: wrapped paragraphs, tables, bars. Knows nothing of what is said.

export const columns = 80
/** Where labelled paragraphs begin. */
const indent = 11

/** What stands for a figure that is not known. */
export const unknown = '–'

/** Columns on a terminal, as long as nothing is wide or beyond the first plane: a name that is breaks a line earlier or later, no more. */
export function widthOf(text: string): number {
  return text.length
}

/** Lines of at most 80 columns without control characters, the first after `label`, the others below its text. A word longer than a line stays whole. */
export function paragraph(label: string, text: string, at: number = indent): readonly string[] {
  const lines: string[] = []
  let current = label.padEnd(at)
  let empty = true
  for (const word of text.replaceAll(/\p{Cc}+/gu, ' ').split(' ')) {
    if (!empty && widthOf(current) + 1 + widthOf(word) > columns) {
      lines.push(current)
      current = ' '.repeat(at)
      empty = true
    }
    current += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, current].map((line) => line.trimEnd())
}

/** Rows of cells, the first column to the left and the others to the right; `widths` has one entry a column. Cells never touch, even if too wide. */
export function table(rows: readonly (readonly string[])[], widths: readonly number[]): readonly string[] {
  return rows.map((row) => row.map((cell, i) => {
    const fill = ' '.repeat(Math.max(i === 0 ? 0 : 1, widths[i]! - widthOf(cell)))
    return i === 0 ? cell + fill : fill + cell
  }).join('').trimEnd())
}

/** A bar of at most `width` blocks for a share of 0 to 1; anything above 0 shows. */
export function bar(share: number, width: number): string {
  const blocks = Math.round(Math.min(1, Math.max(0, share)) * width)
  return blocks === 0 && share > 0 ? '▏' : '█'.repeat(blocks)
}
