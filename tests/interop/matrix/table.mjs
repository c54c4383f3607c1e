// The result of the matrix as one table: what js/build/test.mjs shows of a suite are its lines with this beginning.

/** Prints a row for each payer and a column for each seller. @param {Map<string, string>} cells by `payer × seller` */
export function printTable(payers, sellers, cells) {
  const head = ['payer \\ seller', ...sellers.map(({ name }) => name)]
  const rows = payers.map(({ name }) => [name, ...sellers.map((seller) => cells.get(cell({ name }, seller)) ?? 'not run')])
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)))
  for (const row of [head, ...rows]) {
    console.log(`table: ${row.map((text, at) => text.padEnd(widths[at])).join('  ').trimEnd()}`)
  }
}

export const cell = (payer, seller) => `${payer.name} × ${seller.name}`
