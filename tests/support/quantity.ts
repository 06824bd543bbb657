/** Runs as `npm run test:long`: proves by quantity, where `npm test` takes a sample. */
export const isLong = process.env['QUANTITY'] === 'long'

/** Every second case of a table, from the first or the second on; all of them in a long run. */
export const sample = <Case>(cases: readonly Case[], from: 0 | 1 = 0): readonly Case[] =>
  isLong ? cases : cases.filter((_, index) => index % 2 === from)
