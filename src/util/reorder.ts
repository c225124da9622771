// Rows of columns put into another order where they are: for columns that are too large to have twice.

/** `width` values a row, one row after the other. */
export interface Column {
  readonly values: Uint32Array | Float64Array
  readonly width: number
}

/** Row i of every column becomes what row `order[i]` was; `order` is a permutation of all rows. Takes 8 bytes a row meanwhile. */
export function reorder(order: Uint32Array, columns: readonly Column[]): void {
  const kept = new Float64Array(order.length)
  for (const column of columns) {
    if (column.values instanceof Uint32Array && column.width % 2 === 0) reorderPairs(order, column, new Uint32Array(kept.buffer))
    else reorderSingles(order, column, kept)
  }
}

function reorderSingles(order: Uint32Array, { values, width }: Column, kept: Float64Array): void {
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < order.length; i++) kept[i] = values[order[i]! * width + k]!
    for (let i = 0; i < order.length; i++) values[i * width + k] = kept[i]!
  }
}

/** Two words at a time: most of the time goes into reaching a row, wherever it is. */
function reorderPairs(order: Uint32Array, { values, width }: Column, kept: Uint32Array): void {
  for (let k = 0; k < width; k += 2) {
    for (let i = 0; i < order.length; i++) {
      const from = order[i]! * width + k
      kept[2 * i] = values[from]!
      kept[2 * i + 1] = values[from + 1]!
    }
    for (let i = 0; i < order.length; i++) {
      values[i * width + k] = kept[2 * i]!
      values[i * width + k + 1] = kept[2 * i + 1]!
    }
  }
}
