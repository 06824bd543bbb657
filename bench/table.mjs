/**
 * Prints a table with its columns aligned: the first to the left, the others to the right.
 *
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function printTable(head, rows) {
  const table = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[0])))
      .join('   ')
  console.log(`\n${line(head)}\n${widths.map((width) => '-'.repeat(width)).join('   ')}`)
  for (const row of rows) console.log(line(row))
}
