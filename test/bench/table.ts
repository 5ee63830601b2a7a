// Tables that read well in a terminal and are Markdown at the same time: every cell padded to its column.

export type Cell = string | number;

/** @param head column names; a name that ends in `#` is right-aligned, and shown without the sign */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = head.map((name) => name.endsWith('#'));
  const cells = [head.map((name) => name.replace(/#$/, '')), ...rows.map((row) => row.map(text))];
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((wide, column) => pad(row[column] ?? '', wide, right[column] === true)).join(' | ')} |`;
  const rule = widths.map((wide, column) => `${'-'.repeat(wide - 1)}${right[column] ? ':' : '-'}`);
  const [names = [], ...body] = cells;
  return [line(names), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n');
}

const width = (cell: string): number => [...cell].length;
const pad = (cell: string, wide: number, right: boolean): string => {
  const space = ' '.repeat(wide - width(cell));
  return right ? `${space}${cell}` : `${cell}${space}`;
};
const text = (cell: Cell): string => (typeof cell === 'string' ? cell : number(cell));

/** A number with three significant digits where it is small, and thousands parted where it is large. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  const decimals = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return Number.isInteger(value) && size < 1e15
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
