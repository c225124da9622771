// The chunk index of old files: a version 1 B-tree, whose keys are the places of the chunks.
// Source: HDF5 File Format Specification, III.A.1, node type 1.

import { damaged } from './format-fault.ts'
import { checkCount, emptyTable, type ChunkIndex, type ChunkTable } from './hdf5-chunk-table.ts'
import { cursorAt } from './hdf5-file.ts'
import { eachOf, treeNode } from './hdf5-group.ts'

const maxLevel = 16

interface Walk extends ChunkIndex {
  readonly table: Required<ChunkTable>
  readonly seen: Set<number>
}

export function chunkTree(index: ChunkIndex, at: number): ChunkTable {
  const count = index.grid.reduce((product, length) => product * length, 1)
  checkCount(count, index.extent.file.pages.size)
  const table = emptyTable(count, index.isFiltered)
  readNode({ ...index, table, seen: new Set() }, at, maxLevel)
  return table
}

function readNode(walk: Walk, at: number, levels: number): void {
  const { extent: { file, path }, chunk, grid, table, isFiltered, seen } = walk
  if (seen.has(at)) throw damaged(file.key, file.base + at, `${file.key} has a B-tree that leads to itself at ${file.base + at}`)
  seen.add(at)
  const { level, count } = treeNode(file, at, 1, levels)
  const keyLength = 8 + 8 * (chunk.length + 1)
  const entries = cursorAt(file, at, 24 + count * (keyLength + 8))
  entries.skip(24)
  const children: number[] = []
  for (let row = 0; row < count; row++) {
    const size = entries.u32(), mask = entries.u32()
    let place = 0, isInside = true
    for (const [axis, length] of grid.entries()) {
      const scaled = entries.u64() / chunk[axis]!
      if (!Number.isInteger(scaled)) throw damaged(file.key, entries.offset, `${file.key} has a chunk of ${path} at no place of one`)
      // Chunks beyond the edge are what is left of a larger shape.
      if (scaled >= length) isInside = false
      place = place * length + scaled
    }
    entries.skip(8)
    const child = entries.u64()
    if (level > 0) children.push(child)
    else if (isInside) {
      table.offsets[place] = file.base + child
      if (isFiltered) {
        table.sizes[place] = size
        table.masks[place] = mask
      }
    }
  }
  eachOf(children, (child) => { readNode(walk, child, level - 1) })
}
