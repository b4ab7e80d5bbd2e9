/** A table of measurements, for people and (as it is) for programs. */
export interface BenchTable {
  title: string;
  /** Column headings, in order; the keys of each row. */
  columns: string[];
  rows: Record<string, string | number | null>[];
  /** What one must know to read the table, and what could not be measured. */
  notes: string[];
}

/** The table as text; numbers keep two decimals below ten, one below a hundred. */
export function formatTable({ title, columns, rows, notes }: BenchTable): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => formatCell(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  const text = lines.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index]) : cell.padStart(widths[index])))
      .join('  ')
      .trimEnd(),
  );
  return [title, '', text[0], widths.map((width) => '-'.repeat(width)).join('  '), ...text.slice(1), '', ...notes].join(
    '\n',
  );
}

function formatCell(value: string | number | null | undefined): string {
  if (value == null) return '-';
  if (typeof value === 'string') return value;
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** The middle one; of an even count, the mean of the middle two. */
export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
