/**
 * Matrices laid out anew, so that a product reads them from the first number to the last: the left one in groups of
 * four rows, the right one in panels of eight columns. What is missing in the last group or panel is filled with zeros.
 */
import { at } from './memory';

/** Rows in a group. */
export const GROUP: i32 = 4;
/** Columns in a panel. */
export const PANEL: i32 = 8;

/** How many numbers all panels of a matrix `[depth, columns]` hold. */
export function panelsLength(depth: i32, columns: i32): i32 {
  return ((columns + PANEL - 1) / PANEL) * PANEL * depth;
}

/** How many numbers all groups of a matrix `[rows, depth]` hold. */
export function groupsLength(rows: i32, depth: i32): i32 {
  return ((rows + GROUP - 1) / GROUP) * GROUP * depth;
}

/**
 * Writes the panels of a matrix `[depth, columns]`, each `[depth, 8]`.
 *
 * @param stride numbers from a row of the matrix, as it lies in memory, to the next.
 * @param transposed whether it lies there as `[columns, depth]`.
 * @param panelDepth rows of a whole panel, when the matrix is but a part of it.
 */
export function packPanels(
  depth: i32, columns: i32, from: usize, stride: i32, transposed: bool, to: usize, panelDepth: i32,
): void {
  for (let column = 0; column < columns; column += PANEL) {
    const width = min(columns - column, PANEL);
    if (transposed) packTransposed(width, PANEL, depth, at(from, column * stride), stride, to);
    else packRows(width, PANEL, depth, at(from, column), stride, to);
    to = at(to, PANEL * panelDepth);
  }
}

/** Writes the groups of a matrix `[rows, depth]`, each as `[depth, 4]`. The parameters are those of `packPanels`. */
export function packGroups(rows: i32, depth: i32, from: usize, stride: i32, transposed: bool, to: usize): void {
  for (let row = 0; row < rows; row += GROUP) {
    const height = min(rows - row, GROUP);
    if (transposed) packRows(height, GROUP, depth, at(from, row), stride, to);
    else packTransposed(height, GROUP, depth, at(from, row * stride), stride, to);
    to = at(to, GROUP * depth);
  }
}

/** `[depth, width]` out of a wider matrix as `[depth, whole]`. */
function packRows(width: i32, whole: i32, depth: i32, from: usize, stride: i32, to: usize): void {
  const fromBytes = <usize>stride << 2;
  const toBytes = <usize>whole << 2;
  if (width == PANEL) {
    for (let k = 0; k < depth; k++, from += fromBytes, to += toBytes) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
  } else if (width == whole) {
    for (let k = 0; k < depth; k++, from += fromBytes, to += toBytes) v128.store(to, v128.load(from));
  } else {
    for (let k = 0; k < depth; k++, from += fromBytes, to += toBytes) {
      for (let j = 0; j < whole; j++) store<f32>(at(to, j), j < width ? load<f32>(at(from, j)) : 0);
    }
  }
}

/** `width` rows of `depth` numbers as `[depth, whole]`. */
function packTransposed(width: i32, whole: i32, depth: i32, from: usize, stride: i32, to: usize): void {
  let k = 0;
  if (width == whole) {
    for (; k + 4 <= depth; k += 4) {
      for (let j = 0; j < whole; j += 4) transposeSquare(at(from, j * stride + k), stride, at(to, k * whole + j), whole);
    }
  }
  for (; k < depth; k++) {
    for (let j = 0; j < whole; j++) {
      store<f32>(at(to, k * whole + j), j < width ? load<f32>(at(from, j * stride + k)) : 0);
    }
  }
}

/** Four by four numbers. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
function transposeSquare(from: usize, fromStride: i32, to: usize, toStride: i32): void {
  const a = v128.load(from);
  const b = v128.load(at(from, fromStride));
  const c = v128.load(at(from, 2 * fromStride));
  const d = v128.load(at(from, 3 * fromStride));
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abEnd = v128.shuffle<f32>(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const cdEnd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(at(to, toStride), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(at(to, 2 * toStride), v128.shuffle<f32>(abEnd, cdEnd, 0, 1, 4, 5));
  v128.store(at(to, 3 * toStride), v128.shuffle<f32>(abEnd, cdEnd, 2, 3, 6, 7));
}
