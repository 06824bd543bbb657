/**
 * The value that this share of the others does not exceed.
 *
 * @param {number[]} values
 * @param {number} share from 0 to 1
 * @returns {number} undefined where there are none
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * share)]
}
