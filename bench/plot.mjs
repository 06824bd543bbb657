const WIDTH = 760
const HEIGHT = 340
const FRAME = { left: 66, right: 736, top: 62, bottom: 290 }
/** The approximate width of a character of the legend. */
const CHARACTER = 6.6

/** The colors of the series, each for a light and for a dark page. */
const COLORS = [
  ['#0a6cb5', '#58b4ff'],
  ['#1b7f4b', '#4fd08d'],
  ['#c4321c', '#ff7f66'],
  ['#8443b5', '#c792ea'],
]

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {string} description for readers who cannot see it
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {number} end of the x axis, which begins at 0
 * @property {number} xStep between its marks
 * @property {number} decades of the y axis, which begins at 1 and is logarithmic
 * @property {{ y: number, label: string } | null} limit a dashed line
 * @property {{ x: number, label: string } | null} moment a line upwards
 * @property {boolean} [isLogarithmic] whether x is a power of 10
 * @property {Series[]} series
 */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {ArrayLike<number>} [values] one for each whole x
 * @property {[x: number, y: number][]} [points] where there are few
 */

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const round = (value) => Math.round(value * 10) / 10

/**
 * An SVG with lines over time. It follows the page into its dark mode, and has a background of neither.
 *
 * @param {Plot} plot
 * @returns {string}
 */
export function plotLines(plot) {
  const { title, description, xLabel, yLabel, end, xStep, decades, limit, moment, series } = plot
  const { isLogarithmic = false } = plot
  const { left, right, top, bottom } = FRAME
  const xOf = (x) => round(left + ((right - left) * x) / end)
  const yOf = (y) => round(bottom - ((bottom - top) * Math.log10(Math.max(y, 1))) / decades)

  /**
   * The path of one series, with only as many points as can be told apart. Each point is the highest value of its
   * time, because peaks matter. A value of 0 leaves a gap: it has no place on a logarithmic scale.
   */
  function pathOf(values) {
    const step = Math.ceil(end / 320)
    let path = ''
    let isDrawn = false
    for (let x = 0; x < Math.min(end, values.length); x += step) {
      const highest = Math.max(...values.slice(x, x + step))
      if (highest > 0) path += `${isDrawn ? 'L' : 'M'}${xOf(x + step / 2)} ${yOf(highest)}`
      isDrawn = highest > 0
    }
    return path
  }

  const lineOf = (points) =>
    points.map(([x, y], index) => `${index ? 'L' : 'M'}${xOf(x)} ${yOf(y)}`).join('')

  const rules = COLORS.slice(0, series.length)
  const strokes = (theme) =>
    rules.map((color, index) => `.s${index}{stroke:${color[theme]}}`).join('')
  const yMarks = Array.from({ length: decades + 1 }, (_, power) => 10 ** power)
  const xMarks = Array.from({ length: Math.floor(end / xStep) + 1 }, (_, index) => index * xStep)
  const number = new Intl.NumberFormat('en').format
  const legendOf = (index) =>
    series.slice(0, index).reduce((x, { name }) => x + 56 + name.length * CHARACTER, left)

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<desc>${escape(description)}</desc>`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#444}.title{font-size:15px;font-weight:600}',
    '.end{text-anchor:end}.middle{text-anchor:middle}',
    'path{fill:none;stroke-width:1.8;stroke-linejoin:round}',
    '.grid{stroke:#8884;stroke-width:1}.mark{stroke:#888;stroke-width:1.2;stroke-dasharray:5 4}',
    strokes(0),
    `@media(prefers-color-scheme:dark){text{fill:#ccc}${strokes(1)}}`,
    '</style>',
    `<text class="title" x="${left}" y="20">${escape(title)}</text>`,
    ...series.flatMap(({ name }, index) => {
      const x = round(legendOf(index))
      return [
        `<path class="s${index}" d="M${x} 42h22"/>`,
        `<text x="${x + 28}" y="46">${escape(name)}</text>`,
      ]
    }),
    ...yMarks.flatMap((y) => [
      `<path class="grid" d="M${left} ${yOf(y)}H${right}"/>`,
      `<text class="end" x="${left - 6}" y="${yOf(y) + 4}">${number(y)}</text>`,
    ]),
    ...xMarks.map(
      (x) =>
        `<text class="middle" x="${xOf(x)}" y="${bottom + 17}">${number(isLogarithmic ? 10 ** x : x)}</text>`,
    ),
    `<text class="middle" x="${(left + right) / 2}" y="${bottom + 38}">${escape(xLabel)}</text>`,
    `<text class="middle" transform="rotate(-90)" x="${-(top + bottom) / 2}" y="12">${escape(yLabel)}</text>`,
    ...(limit
      ? [
          `<path class="mark" d="M${left} ${yOf(limit.y)}H${right}"/>`,
          `<text class="end" x="${right}" y="${yOf(limit.y) - 5}">${escape(limit.label)}</text>`,
        ]
      : []),
    ...(moment
      ? [
          `<path class="mark" d="M${xOf(moment.x)} ${top}V${bottom}"/>`,
          `<text x="${xOf(moment.x) + 5}" y="${bottom - 6}">${escape(moment.label)}</text>`,
        ]
      : []),
    ...series.map(
      ({ values, points }, index) =>
        `<path class="s${index}" d="${points ? lineOf(points) : pathOf(values)}"/>`,
    ),
    '</svg>',
    '',
  ].join('\n')
}
