// The icon in the browser's tab, which Jupyter changes while a cell runs: three bars, the weights on three words.
// Jupyter asks for .ico files, and its own come with the Python server.
import fs from 'node:fs';
import path from 'node:path';

const SIZE = 32;
const BARS = [
  { left: 3, height: 12 },
  { left: 12, height: 28 },
  { left: 21, height: 19 },
];
const BAR_WIDTH = 8;
/** Blue, green, red, opaque: the order in a bitmap. */
const COLOURS = { 'favicon-notebook.ico': [0x8b, 0x5f, 0x1f, 0xff], 'favicon-busy-1.ico': [0x1f, 0x7a, 0xe6, 0xff] };

/** An icon file with one bitmap: file header, directory entry, bitmap header, pixels from the bottom up, empty mask. */
function icon(colour) {
  const pixels = Buffer.alloc(SIZE * SIZE * 4);
  for (const { left, height } of BARS)
    for (let y = 2; y < 2 + height; y++)
      for (let x = left; x < left + BAR_WIDTH; x++) pixels.set(colour, (y * SIZE + x) * 4);
  const mask = Buffer.alloc((SIZE * SIZE) / 8);
  const bitmap = Buffer.alloc(40);
  [40, SIZE, 2 * SIZE].forEach((value, index) => bitmap.writeUInt32LE(value, 4 * index));
  bitmap.writeUInt16LE(1, 12);
  bitmap.writeUInt16LE(32, 14);
  const head = Buffer.alloc(22);
  [0, 1, 1].forEach((value, index) => head.writeUInt16LE(value, 2 * index));
  head.set([SIZE, SIZE, 0, 0, 1, 0, 32, 0], 6);
  head.writeUInt32LE(bitmap.length + pixels.length + mask.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, bitmap, pixels, mask]);
}

export function writeFavicons(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, colour] of Object.entries(COLOURS)) fs.writeFileSync(path.join(folder, name), icon(colour));
}
