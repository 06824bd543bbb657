import { readFile, writeFile } from 'node:fs/promises'
import { plotLines } from '../plot.mjs'
import { bareBurst, inRounds, lapsedBurst, refusedBurst, spreadOf } from './measure.mjs'

const ROUNDS = 5
const WARM_UP = 30
const COUNTS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000]
const MICROSECONDS = 1_000
const PICTURE = new URL('../../docs/reports/burst.svg', import.meta.url)

/** Without the version. A variant of axios-auth-refresh is named by its option in the table of the benchmark. */
const nameOf = ({ name }) =>
  name.startsWith(' ') ? 'axios-auth-refresh' : name.replace(/ [\d.]+$/, '')

/**
 * Draws docs/reports/burst.svg: what a burst costs that meets one refresh. axios-jwt notices no refusals, so its is a
 * burst on a token that it knows to be over: it sends half as much.
 *
 * @param {(import('./candidates.mjs').Candidate & { refresh?: () => Promise<void> })[]} candidates bare axios first
 */
export async function drawBursts(candidates) {
  const [bare, ...libraries] = candidates
  const burstOf = (candidate) => (count) =>
    candidate.name.startsWith('axios-jwt')
      ? lapsedBurst(candidate, count)
      : refusedBurst(candidate, count)
  const rows = [
    {
      name: 'the same sends by hand',
      burst: (count) => bareBurst(bare, { refused: count, answered: count }),
    },
    ...libraries.map((candidate) => ({ name: nameOf(candidate), burst: burstOf(candidate) })),
  ]
  for (let round = 0; round < WARM_UP; round++) for (const { burst } of rows) await burst(100)

  const points = rows.map(() => [])
  const isWhole = rows.map(() => true)
  for (const count of COUNTS) {
    const rounds = await inRounds(
      ROUNDS,
      rows.map(
        ({ burst }) =>
          () =>
            burst(count),
      ),
    )
    for (const [index, line] of points.entries()) {
      const bursts = rounds.map((round) => round[index])
      isWhole[index] &&= bursts.every(({ answered }) => answered === count)
      line.push([Math.log10(count), spreadOf(bursts.map(({ time }) => time)).median * MICROSECONDS])
    }
  }
  const series = rows.flatMap(({ name }, index) =>
    isWhole[index] ? [{ name, points: points[index] }] : [],
  )
  const left = rows.flatMap(({ name }, index) => (isWhole[index] ? [] : [name]))
  const svg = plotLines({
    title: 'Requests that meet an expired token at once',
    description: `Processor time of a burst over the number of its requests, of ${series.map(({ name }) => name).join('; ')}.`,
    xLabel: 'requests',
    yLabel: 'processor time, µs',
    end: 4,
    xStep: 1,
    decades: 6,
    limit: null,
    moment: null,
    isLogarithmic: true,
    series,
  })
  await writeFile(PICTURE, svg)
  console.log(`docs/reports/burst.svg: ${series.map(({ name }) => name).join(', ')}`)
  if (left.length) console.log(`Left out, for not all requests were answered: ${left.join(', ')}`)
}

/**
 * In docs/reports/burst.svg as it is: which libraries are cheaper than this one, and for bursts of how many requests.
 *
 * @returns {Promise<{ name: string, counts: number[] }[]>}
 */
export async function cheaperBursts() {
  const svg = await readFile(PICTURE, 'utf8')
  const names = [...svg.matchAll(/h22"\/>\n<text [^>]*>(.*)<\/text>/g)].map(([, name]) => name)
  // Downwards, as a picture counts: what is greater is cheaper.
  const lines = [...svg.matchAll(/<path class="s\d" d="(M\S+ .*L.*)"\/>/g)].map(([, path]) =>
    [...path.matchAll(/[ML]\S+? ([\d.]+)/g)].map(([, y]) => Number(y)),
  )
  const [, ours] = lines
  if (names[1] !== 'vue-auth-refresh' || lines.some(({ length }) => length !== COUNTS.length))
    throw new Error('docs/reports/burst.svg is not as `npm run bench` draws it.')
  return names
    .map((name, row) => ({ name, counts: COUNTS.filter((_, x) => lines[row][x] > ours[x]) }))
    .slice(2)
    .filter(({ counts }) => counts.length > 0)
}
