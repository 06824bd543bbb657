/** Runs as `npm run test:long`: proves by quantity, where `npm test` takes a sample. */
export const isLong = process.env['QUANTITY'] === 'long'
