import { at, clear } from './memory';
import { GROUP, groupsLength, PANEL, packGroups, packPanels, panelsLength } from './panels';

/** So many products are added up at a time: a panel of this depth stays in the nearest cache. */
export const DEPTH: i32 = 384;
/** So many rows are laid out in groups at a time: they stay in the second cache. */
const ROWS: i32 = 128;
/** Up to so many rows, the right matrix is read as it lies: laying it out would take longer than the product. */
const FEW_ROWS: i32 = 8;

/** Numbers of memory for the groups of the left matrix that `multiplyPanels` wants. */
export function groupsScratch(rows: i32, depth: i32): i32 {
  return groupsLength(min(rows, ROWS), min(depth, DEPTH));
}

/**
 * `c = a b`, or `c += a b`, for matrices `a [rows, depth]` and `b [depth, columns]`, the latter in panels.
 *
 * @param aStride numbers from a row of `a`, as it lies in memory, to the next.
 * @param aTransposed whether it lies there as `[depth, rows]`.
 * @param panelStride numbers from a row of a panel to the next: 8, unless the panels are parts of a matrix that was not
 *     laid out anew.
 * @param panelLength numbers from a panel to the next.
 */
export function multiplyPanels(
  rows: i32, columns: i32, depth: i32, a: usize, aStride: i32, aTransposed: bool,
  panels: usize, panelStride: i32, panelLength: i32, c: usize, cStride: i32, accumulate: bool, groups: usize,
): void {
  const panelBytes = <usize>panelStride << 2;
  const cBytes = <usize>cStride << 2;
  for (let k = 0; k < depth; k += DEPTH) {
    const deep = min(depth - k, DEPTH);
    for (let row0 = 0; row0 < rows; row0 += ROWS) {
      const height = min(rows - row0, ROWS);
      const left = at(a, aTransposed ? k * aStride + row0 : row0 * aStride + k);
      packGroups(height, deep, left, aStride, aTransposed, groups);
      let panel = at(panels, k * panelStride);
      for (let column = 0; column < columns; column += PANEL, panel = at(panel, panelLength)) {
        const width = min(columns - column, PANEL);
        let group = groups;
        let target = at(c, row0 * cStride + column);
        for (let row = 0; row < height; row += GROUP) {
          const end = at(group, GROUP * deep);
          const high = min(height - row, GROUP);
          multiplyGroup(group, end, panel, panelBytes, target, cBytes, high, width, accumulate || k > 0);
          group = end;
          target += cBytes << 2;
        }
      }
    }
  }
}

/** Four rows times eight columns: all that fits into registers. */
function multiplyGroup(
  group: usize, end: usize, panel: usize, panelBytes: usize,
  c: usize, cBytes: usize, rows: i32, columns: i32, accumulate: bool,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  while (group < end) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    panel += panelBytes;
    let a = v128.load_splat<f32>(group);
    c00 = f32x4.add(c00, f32x4.mul(a, b0));
    c01 = f32x4.add(c01, f32x4.mul(a, b1));
    a = v128.load_splat<f32>(group, 4);
    c10 = f32x4.add(c10, f32x4.mul(a, b0));
    c11 = f32x4.add(c11, f32x4.mul(a, b1));
    a = v128.load_splat<f32>(group, 8);
    c20 = f32x4.add(c20, f32x4.mul(a, b0));
    c21 = f32x4.add(c21, f32x4.mul(a, b1));
    a = v128.load_splat<f32>(group, 12);
    c30 = f32x4.add(c30, f32x4.mul(a, b0));
    c31 = f32x4.add(c31, f32x4.mul(a, b1));
    group += 16;
  }
  writeRow(c, c00, c01, columns, accumulate);
  if (rows > 1) writeRow(c + cBytes, c10, c11, columns, accumulate);
  if (rows > 2) writeRow(c + 2 * cBytes, c20, c21, columns, accumulate);
  if (rows > 3) writeRow(c + 3 * cBytes, c30, c31, columns, accumulate);
}

function writeRow(c: usize, left: v128, right: v128, columns: i32, accumulate: bool): void {
  if (columns == PANEL) {
    if (accumulate) {
      left = f32x4.add(v128.load(c), left);
      right = f32x4.add(v128.load(c, 16), right);
    }
    v128.store(c, left);
    v128.store(c, right, 16);
    return;
  }
  for (let j = 0; j < columns; j++, c += 4) {
    const value = f32x4.extract_lane(left, 0);
    store<f32>(c, accumulate ? load<f32>(c) + value : value);
    left = v128.shuffle<f32>(left, right, 1, 2, 3, 4); // the next number comes to the front
    right = v128.shuffle<f32>(right, right, 1, 2, 3, 3);
  }
}

/** Numbers of scratch memory that `matrixProduct` wants. */
export function matrixProductScratch(rows: i32, columns: i32, depth: i32): i32 {
  const deep = min(depth, DEPTH);
  return panelsLength(deep, columns) + groupsScratch(rows, deep);
}

/**
 * Products of matrices, one for each example: `c [batch, rows, columns] = a [rows, depth] b [depth, columns]`.
 *
 * @param aLength numbers from an example's `a` to the next; 0 when all have the same.
 * @param aTransposed whether `a` lies in memory as `[depth, rows]`, and `b` as `[columns, depth]`.
 */
export function matrixProduct(
  batch: i32, rows: i32, columns: i32, depth: i32,
  a: usize, aLength: i32, aTransposed: bool, b: usize, bLength: i32, bTransposed: bool, c: usize, scratch: usize,
): void {
  const aStride = aTransposed ? rows : depth;
  const bStride = bTransposed ? depth : columns;
  if (depth == 0) clear(c, batch * rows * columns);
  const whole = columns - (columns % PANEL);
  const asItLies = rows <= FEW_ROWS && !bTransposed;
  for (let k = 0; k < depth; k += DEPTH) {
    const deep = min(depth - k, DEPTH);
    const groups = at(scratch, panelsLength(deep, columns));
    for (let example = 0; example < batch; example++) {
      const left = at(a, example * aLength + (aTransposed ? k * aStride : k));
      const right = at(b, example * bLength + (bTransposed ? k : k * bStride));
      const target = at(c, example * rows * columns);
      const packed = asItLies ? whole : 0; // from this column on, b is laid out in panels
      if (asItLies && whole > 0) {
        multiplyPanels(rows, whole, deep, left, aStride, aTransposed, right, bStride, PANEL, target, columns, k > 0, groups);
      }
      if (packed == columns) continue;
      if (example == 0 || bLength > 0) {
        packPanels(deep, columns - packed, at(right, bTransposed ? packed * bStride : packed), bStride, bTransposed, scratch, deep);
      }
      multiplyPanels(
        rows, columns - packed, deep, left, aStride, aTransposed,
        scratch, PANEL, PANEL * deep, at(target, packed), columns, k > 0, groups,
      );
    }
  }
}
