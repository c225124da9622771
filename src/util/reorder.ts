// Rows of columns put into another order where they are: for columns that are too large to have twice.

/** `width` values a row, one row after the other. */
export interface Column {
  readonly values: Uint32Array | Float64Array
  readonly width: number
}

/** Row i of every column becomes what row `order[i]` was; `order` is a permutation of all rows. Takes 8 bytes a row meanwhile. */
export function reorder(order: Uint32Array, columns: readonly Column[]): void {
  const kept = new Float64Array(order.length)
  for (const { values, width } of columns) {
    for (let k = 0; k < width; k++) {
      for (let i = 0; i < order.length; i++) kept[i] = values[order[i]! * width + k]!
      for (let i = 0; i < order.length; i++) values[i * width + k] = kept[i]!
    }
  }
}
