// Takes back PNG's row filters, in place. Source: PNG specification (third edition), 9.2.

/** Rows of `length` bytes, each behind the byte that names its filter; a pixel is a byte, or less. False: no such filter. */
export function unfilter(bytes: Uint8Array, length: number): boolean {
  const step = length + 1
  for (let at = 0; at < bytes.length; at += step) {
    const filter = bytes[at]!
    if (filter === 0) continue
    const row = bytes.subarray(at + 1, at + step)
    // The row above the first one is all zeros.
    const above = at === 0 ? new Uint8Array(length) : bytes.subarray(at + 1 - step, at)
    if (filter === 1) sub(row)
    else if (filter === 2) up(row, above)
    else if (filter === 3) average(row, above)
    else if (filter === 4) paeth(row, above)
    else return false
  }
  return true
}

function sub(row: Uint8Array): void {
  for (let i = 1; i < row.length; i++) row[i] = row[i]! + row[i - 1]!
}

function up(row: Uint8Array, above: Uint8Array): void {
  for (let i = 0; i < row.length; i++) row[i] = row[i]! + above[i]!
}

function average(row: Uint8Array, above: Uint8Array): void {
  for (let i = 0; i < row.length; i++) row[i] = row[i]! + (((i === 0 ? 0 : row[i - 1]!) + above[i]!) >> 1)
}

/** Of left, above and the corner, the one nearest to left + above − corner; outside of the image all are zero. */
function paeth(row: Uint8Array, above: Uint8Array): void {
  let left = 0, corner = 0
  for (let i = 0; i < row.length; i++) {
    const over = above[i]!
    const toLeft = Math.abs(over - corner), toOver = Math.abs(left - corner), toCorner = Math.abs(left + over - 2 * corner)
    left = row[i] = (row[i]! + (toLeft <= toOver && toLeft <= toCorner ? left : toOver <= toCorner ? over : corner)) & 0xff
    corner = over
  }
}
