import { DELAYED } from './measure.mjs'

const WIDTH = 760
const HEIGHT = 372
const [LEFT, RIGHT] = [66, 736]
const LANE = { top: 84, height: 92, pitch: 142 }
/** Around the beginning of the refresh, in ms. */
const [FROM, TO] = [-500, 1_000]
const X_STEP = 250
const Y_STEP = 200

const round = (value) => Math.round(value * 10) / 10
const xOf = (ms) => round(LEFT + ((RIGHT - LEFT) * (ms - FROM)) / (TO - FROM))

/**
 * An SVG of the requests around a refresh, in a lane for each library: when each was made, and how much later than
 * otherwise it was answered.
 *
 * @param {object} options
 * @param {Lane[]} options.lanes
 * @param {number} options.rate requests a second
 * @param {number} options.latency one way, in ms
 * @param {number} options.time that the token endpoint takes, in ms
 * @returns {string}
 *
 * @typedef {object} Lane
 * @property {string} name
 * @property {string} manner when it refreshes
 * @property {import('./measure.mjs').Call[]} calls
 * @property {{ sentAt: number, answeredAt: number }} exchange
 */
export function latencyPicture({ lanes, rate, latency, time }) {
  const drawn = lanes.map(({ name, manner, calls, exchange }) => {
    const dots = calls
      .map(({ at, added, left }) => ({ at: at - exchange.sentAt, added, left }))
      .filter(({ at }) => at >= FROM && at <= TO)
    const late = dots.filter(({ added }) => added > DELAYED)
    const worst = Math.round(Math.max(...dots.map(({ added }) => added)))
    return {
      name,
      manner,
      dots,
      result: late.length
        ? `${late.length} of ${dots.length} requests held up, by ${worst} ms at most`
        : `0 of ${dots.length} requests held up`,
      took: exchange.answeredAt - exchange.sentAt,
      expiry: dots[0].at + dots[0].left,
      worst,
    }
  })
  const most = Y_STEP * Math.ceil(Math.max(...drawn.map(({ worst }) => worst)) / Y_STEP)
  const yMarks = Array.from({ length: most / Y_STEP + 1 }, (_, index) => index * Y_STEP)
  const xMarks = Array.from({ length: (TO - FROM) / X_STEP + 1 }, (_, i) => FROM + i * X_STEP)
  const bottom = LANE.top + (lanes.length - 1) * LANE.pitch + LANE.height

  const signed = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' }).format
  const moment = (ms) => signed(ms).replace('-', '−')

  const laneOf = ({ name, manner, result, dots, took, expiry }, index) => {
    const top = LANE.top + index * LANE.pitch
    const floor = top + LANE.height
    const yOf = (ms) => round(floor - (LANE.height * ms) / most)
    const end = xOf(took)
    return [
      `<text x="${LEFT}" y="${top - 14}"><tspan class="name">${name}</tspan> ${manner}</text>`,
      `<text class="end name" x="${RIGHT}" y="${top - 14}">${result}</text>`,
      `<rect class="refresh" x="${xOf(0)}" y="${top}" width="${round(end - xOf(0))}" height="${LANE.height}"/>`,
      `<text class="end" x="${end - 6}" y="${top + 15}">refresh</text>`,
      ...yMarks.flatMap((ms) => [
        `<path class="grid" d="M${LEFT} ${yOf(ms)}H${RIGHT}"/>`,
        `<text class="end" x="${LEFT - 8}" y="${yOf(ms) + 4}">${ms}</text>`,
      ]),
      ...(expiry <= TO
        ? [
            `<path class="expiry" d="M${xOf(expiry)} ${top}V${floor}"/>`,
            `<text class="end" x="${xOf(expiry) - 14}" y="${top + 15}">the token expires</text>`,
          ]
        : [
            `<text class="end" x="${RIGHT}" y="${top + 15}">the token expires ${Math.round(expiry / 1_000)} s later →</text>`,
          ]),
      ...dots.flatMap(({ at, added }) => {
        const isLate = added > DELAYED
        const [x, y] = [xOf(at), yOf(added)]
        return [
          ...(isLate ? [`<path class="late" d="M${x} ${floor}V${y}"/>`] : []),
          `<circle class="${isLate ? 'late' : 'prompt'}" cx="${x}" cy="${y}" r="2.8"/>`,
        ]
      }),
    ]
  }

  const summary = drawn.map(({ name, manner, result }) => `${name} ${manner}: ${result}`).join('; ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    '<title>Time that a refresh adds to each request</title>',
    `<desc>${summary}.</desc>`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#444}.title{font-size:15px;font-weight:600}',
    '.end{text-anchor:end}.middle{text-anchor:middle}.name{font-weight:600}',
    'path{fill:none}.grid{stroke:#8884}.expiry{stroke:#888;stroke-width:1.2;stroke-dasharray:5 4}',
    '.refresh{fill:#8883}.prompt{fill:#0a6cb5}.late{fill:#c4321c;stroke:#c4321c}',
    '@media(prefers-color-scheme:dark){text{fill:#ccc}.prompt{fill:#58b4ff}.late{fill:#ff7f66;stroke:#ff7f66}}',
    '</style>',
    `<text class="title" x="${LEFT}" y="20">Time that a refresh adds to each request</text>`,
    `<circle class="prompt" cx="${LEFT + 4}" cy="40" r="2.8"/>`,
    `<text x="${LEFT + 14}" y="44">a request, answered as fast as ever</text>`,
    `<path class="late" d="M${LEFT + 244} 46V36"/><circle class="late" cx="${LEFT + 244}" cy="36" r="2.8"/>`,
    `<text x="${LEFT + 254}" y="44">a request that was held up</text>`,
    ...drawn.flatMap(laneOf),
    ...xMarks.map(
      (ms) => `<text class="middle" x="${xOf(ms)}" y="${bottom + 17}">${moment(ms)}</text>`,
    ),
    `<text class="middle" x="${(LEFT + RIGHT) / 2}" y="${bottom + 38}">ms since the refresh began; ${rate} requests a second, token endpoint ${time} ms, network ${latency} ms each way</text>`,
    `<text class="middle" transform="rotate(-90)" x="${-(LANE.top + bottom) / 2}" y="16">added to each request, ms</text>`,
    '</svg>',
    '',
  ].join('\n')
}
