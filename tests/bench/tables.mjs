// Figures in, tables of Markdown out.

/** Of rows that `compare` gives; the ratio is to the first row, unless a row has its own. */
export function timeTable(rows, unit) {
  const [first] = rows
  const cells = rows.map(({ name, median, low, high, ratio = median / first.median }) => [
    name,
    `${unit.write(median)} (${unit.write(low)}–${unit.write(high)})`,
    Number.isFinite(ratio) ? times(ratio) : '',
  ])
  return table(['', unit.name, 'ratio'], cells)
}

/** Of groups of such rows; every ratio is to the first of its group. */
export function groupTable(groups, unit) {
  const within = (rows) => rows.map((row) => ({ ...row, ratio: row.median / rows[0].median }))
  return timeTable(groups.flatMap(within), unit)
}

/** Of groups of rows by `what`; a ratio is to the first row of its group, and so many fit into a second. */
export function rateTable(what, measured, groups) {
  const rows = Object.entries(measured).flatMap(([one, found]) =>
    groups.flatMap((group) =>
      found[group].map(({ name, median, low, high }, _, [first]) => [
        `${one}, ${name}`,
        `${microseconds.write(median)} (${microseconds.write(low)}–${microseconds.write(high)})`,
        Math.round(1e6 / median).toLocaleString('en'),
        times(median / first.median),
      ]),
    ),
  )
  return table([what, 'µs', 'a second', 'ratio'], rows)
}

export const microseconds = { name: 'µs', write: (value) => Math.round(value).toLocaleString('en') }
export const milliseconds = { name: 'ms', write: (value) => (value / 1000).toFixed(1) }
export const megabytes = (bytes) => (bytes / 1024 ** 2).toFixed(1)
export const times = (ratio) => `${ratio.toFixed(2)}×`

/** The first column to the left, the others to the right. */
export function table(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  const line = (row) => `| ${row.map(pad).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
