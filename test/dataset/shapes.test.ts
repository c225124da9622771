// The numbers are NumPy's: what DLIO's generator draws for these workloads.

import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { recordDimension, recordShapes } from '../../src/dataset/shapes.ts'
import type { RecordRule } from '../../src/dataset/settings.ts'

const dimensions: readonly (readonly [recordLength: number, dimension: number])[] = [
  [0, 0], [1, 1],
  [4096, 64], [65536, 256], [2500, 50], [2048, 45], [114660.07, 338],
  [322957, 568], [2097152, 1448], [150528, 387], [671088640, 25905], [301500, 549],
]

describe('recordDimension', () => {
  for (const [recordLength, dimension] of dimensions) {
    test(`${recordLength} bytes: ${dimension}`, () => { assert.equal(recordDimension(recordLength), dimension) })
  }
})

const unet3d: RecordRule = { recordLength: 146600628, recordLengthStdev: 68341808, recordDims: [] }
const unet3dSides = [
  15865, 14125, 7745, 12083, 13860, 10074, 12856, 12413, 12119, 11614, 13329, 15502, 9383, 15009, 12752, 13363, 8899, 12488,
  16296, 9059, 6525, 7186, 12857, 18837, 15278, 16827, 12386, 16052, 11341, 13837, 11352, 10556, 12481, 10763, 15799, 12657,
  13236, 11154, 15653, 10041, 13970, 11116, 9455, 10725, 9836, 11506, 11149, 12988, 13701, 11690, 12033, 12922, 10583, 14105,
  14483, 12681, 18865, 14696, 11790, 11084, 11451, 10691, 15292, 10137, 11878, 10613, 15059, 8103, 11083, 11762, 13008, 13407,
  11497, 14898, 12995, 19071, 7850, 13858, 9157, 9854, 17709, 17031, 6868, 11478, 11921, 6090, 11969, 13217, 12720, 6478,
  15233, 12797, 11932, 9979, 14116, 14698, 10746, 12359, 14440, 6590, 12438, 6723, 9502, 13432, 11699, 10977, 11271, 14500,
  14101, 9885, 12933, 10778, 18892, 10020, 11224, 11122, 10867, 12505, 12877, 7539, 10489, 8380, 15595, 19064, 16010, 13084,
  14992, 12577, 16782, 13991, 11458, 8919, 10300, 12992, 8647, 11481, 15888, 12189, 17710, 16191, 11295, 8270, 11971, 10750,
  13173, 16663, 8937, 11009, 13044, 15310, 13548, 13276, 15901, 13499, 11438, 12268, 10111, 13649, 14766, 3697, 15544, 11947,
  13407, 13976, 5629, 8731, 11166, 9873, 12880, 10653, 7278, 13835, 15211, 13699, 10095, 11370, 13654, 13809, 14948, 11276,
  8096, 10190, 13613, 14206, 18386, 12437, 12797, 11606, 10961, 14313, 13104, 11522, 9059, 11759, 11003, 15649, 14779, 9221,
  15400, 10492, 12482, 15501, 9214, 12559, 8916, 6628, 14891, 12186, 9786, 7629, 10973, 15894, 13242, 11054, 10210, 12405,
  7740, 15902, 13527, 15477, 10516, 14519, 14048, 7780, 12527, 12996, 10484, 11090, 13338, 11999, 9271, 13776, 12749, 12810,
  12377, 13374, 11299, 9672, 10013, 15227, 6412, 13632, 8036, 7566, 9266, 11380, 14168, 7313, 16831, 15391, 11732, 11287,
  9415, 13766, 12301, 16092, 10170, 13653, 12004, 9716, 17475, 12896, 13857, 9091, 10067, 12344, 10457, 13806, 13344, 9899,
  12651, 12118, 11643, 8864, 9749, 12700, 14968, 9368, 15542, 12622, 8523, 13019, 14606, 12853, 18652, 12978, 14625, 12138,
  14872, 5346, 9686, 11078, 13529, 12638, 15169, 13114, 12692, 11697, 12569, 14448, 14238, 14589, 11429, 10145, 10776, 13093,
  16654, 12782, 13475, 7426, 19670, 8992, 17237, 10537, 14809, 14407, 12288, 11637, 9452, 11955, 15214, 13157, 9613, 15375,
  8710, 12699, 9591, 9898, 15154, 10800, 7831, 10586, 14242, 10048, 15535, 14952,
]
const cosmoflow: RecordRule = { recordLength: 2828486, recordLengthStdev: 71311, recordDims: [] }
const cosmoflowSides = [
  1709, 1696, 1648, 1680, 1694, 1665, 1686, 1683, 1681, 1677, 1690, 1706, 1660, 1702, 1685, 1690,
  1656, 1683, 1712, 1658, 1639, 1644, 1686, 1731, 1704, 1716, 1683, 1710, 1675, 1694, 1675, 1669,
]

function sidesOf(rule: RecordRule, numFiles: number): number[] {
  const shapes = recordShapes(rule, numFiles)
  return Array.from({ length: numFiles }, (_, i) => shapes.shapeOf(i)).flat()
}

describe('recordShapes', () => {
  test('unet3d: 168 files', () => {
    assert.deepEqual(sidesOf(unet3d, 168), unet3dSides)
    assert.equal(unet3dSides.reduce((sum, side, i) => sum + (i % 2 === 0 ? side * unet3dSides[i + 1]! : 0), 0), 25285981919)
  })

  test('cosmoflow: the first 16 files', () => { assert.deepEqual(sidesOf(cosmoflow, 16), cosmoflowSides) })

  for (const numFiles of [0, 1, 2, 167]) {
    test(`${numFiles} files have the shapes that they have among 168`, () => {
      assert.deepEqual(sidesOf(unet3d, numFiles), unet3dSides.slice(0, 2 * numFiles))
    })
  }

  test('without a deviation all are alike, however many', () => {
    const shapes = recordShapes({ recordLength: 65536, recordLengthStdev: 0, recordDims: [] }, 2 ** 40)
    assert.equal(shapes.constant, true)
    assert.deepEqual(shapes.shapeOf(2 ** 40 - 1), [256, 256])
  })

  test('record_dims win over the record length', () => {
    const shapes = recordShapes({ recordLength: 65536, recordLengthStdev: 0, recordDims: [4, 128, 128, 128] }, 3)
    assert.deepEqual(shapes.shapeOf(2), [4, 128, 128, 128])
  })

  test('no side is below 1, whatever is drawn', () => {
    const sides = sidesOf({ recordLength: 4, recordLengthStdev: 400, recordDims: [] }, 500)
    assert.equal(Math.min(...sides), 1)
    assert.ok(Math.max(...sides) > 100)
    assert.deepEqual(recordShapes({ recordLength: 0.5, recordLengthStdev: 0, recordDims: [] }, 1).shapeOf(0), [1, 1])
  })
})
