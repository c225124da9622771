// Parquet's encodings and compressions, by parquet-wasm (the Rust crate `parquet` of Apache Arrow): 40 to 310 MB of files per
// CPU-second where hyparquet, in JavaScript, has 13 to 40. Only its synchronous calls are used: where the crate panics, those
// throw, and its asynchronous ones end the process. After a panic its memory is worth nothing, so it is loaded anew.

import { createRequire } from 'node:module'
import type * as ParquetWasm from 'parquet-wasm'

import { numberColumns, type NumberColumn } from './arrow-memory.ts'
import { damaged } from './format-fault.ts'

let library: typeof ParquetWasm | undefined

function loaded(): typeof ParquetWasm {
  library ??= createRequire(import.meta.url)('parquet-wasm') as typeof ParquetWasm
  return library
}

function unload(): void {
  library = undefined
  // A new one each time: it would hold on to what it has loaded.
  const require = createRequire(import.meta.url)
  delete require.cache[require.resolve('parquet-wasm')]
}

/**
 * The columns of a file that holds nothing but numbers, in one row group of `numRows` rows, at least one.
 * @throws {Fault} 'format' when the pages are damaged, or encoded in a way that the crate does not know.
 */
export function decodeParquet(key: string, bytes: Uint8Array, numRows: number): Map<string, NumberColumn> {
  const { wasmMemory } = loaded()
  const structs = decoded(key, bytes, numRows)
  try {
    return numberColumns(wasmMemory().buffer as ArrayBuffer, { array: structs.arrayAddr(), schema: structs.schemaAddr() })
  } finally {
    structs.free()
  }
}

function decoded(key: string, bytes: Uint8Array, numRows: number): ParquetWasm.FFIData {
  try {
    const table = loaded().readParquet(bytes, { batchSize: numRows })
    try {
      const batch = table.numBatches === 1 ? table.recordBatch(0) : undefined
      if (batch?.numRows !== numRows) throw new Error(`${numRows} rows are declared, and the pages hold ${batch?.numRows ?? 'another number'}`)
      return batch.intoFFI()
    } finally {
      table.free()
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'RuntimeError') unload()
    throw damaged(key, 0, `${key} has a row group that cannot be decoded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}
