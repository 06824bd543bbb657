import { writeFile } from 'node:fs/promises'
import { openSource } from '../../scripts/source.mjs'

const TABS = [1, 2, 4, 8]
const EXPIRIES = 25
/** In ms: each tab begins at a random moment within this time. */
const SPREAD = 30

const WIDTH = 760
const HEIGHT = 340
const FRAME = { left: 66, right: 736, top: 74, bottom: 290 }
const BAR = 52
const GAP = 10

const nameOf = (count) => `${count} ${count === 1 ? 'tab' : 'tabs'}`
const round = (value) => Math.round(value * 10) / 10

/**
 * Draws docs/reports/tabs.svg: what the expiry of an access token costs that several tabs of a browser use.
 *
 * @returns {Promise<boolean>} whether this library's counts are right
 */
export async function drawTabs() {
  const vite = await openSource()
  const { buildTabApp, measureExpiries, settings, TabBrowser } =
    await vite.ssrLoadModule('/bench/tabs/measure.ts')
  const { measureByHand } = await vite.ssrLoadModule('/bench/tabs/by-hand.ts')
  const files = await buildTabApp('production')
  const browser = await TabBrowser.launch()
  try {
    const groups = []
    for (const count of TABS) {
      const [ours] = await measureExpiries(
        browser,
        files,
        settings.locks,
        count,
        [SPREAD],
        EXPIRIES,
      )
      const byHand = await measureByHand(browser, count, SPREAD, EXPIRIES)
      groups.push({ count, bars: [ours, byHand] })
      const words = [ours, byHand].map(
        ({ refreshes, reused, lost, signOuts }) =>
          `${refreshes} refreshes, ${reused} reused, ${lost} lost requests, ${signOuts} sign-outs`,
      )
      console.log(`${nameOf(count)}, ${EXPIRIES} expiries: ${words[0]}; by hand: ${words[1]}`)
    }
    await writeFile(new URL('../../docs/reports/tabs.svg', import.meta.url), svgOf(groups))
    console.log('docs/reports/tabs.svg')
    return groups.every(({ bars: [{ refreshes, reused }] }) => refreshes === EXPIRIES && !reused)
  } finally {
    await browser.close()
    await vite.close()
  }
}

/** @param {{ count: number, bars: { refreshes: number, reused: number, signOuts: number }[] }[]} groups */
function svgOf(groups) {
  const { left, right, top, bottom } = FRAME
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ refreshes }) => refreshes)))
  // An even number, with room for the figure over the highest bar.
  const most = 2 * Math.ceil((highest / EXPIRIES + 0.2) / 2)
  const yOf = (value) => round(bottom - ((bottom - top) * value) / most)
  const slot = (right - left) / groups.length
  const marks = Array.from({ length: most / 2 + 1 }, (_, index) => index * 2)
  const each = (value) => (value / EXPIRIES).toFixed(value % EXPIRIES ? 1 : 0)

  const barOf = ({ refreshes, reused }, x, kind) => {
    const spent = yOf((refreshes - reused) / EXPIRIES)
    const end = yOf(refreshes / EXPIRIES)
    const middle = round(x + BAR / 2)
    return [
      `<rect class="${kind}" x="${round(x)}" y="${spent}" width="${BAR}" height="${round(bottom - spent)}"/>`,
      ...(reused
        ? [
            `<rect class="reused" x="${round(x)}" y="${end}" width="${BAR}" height="${round(spent - end)}"/>`,
          ]
        : []),
      `<text class="middle value" x="${middle}" y="${end - 6}">${each(refreshes)}</text>`,
    ]
  }
  const legend = [
    ['ours', 'vue-auth-refresh', left],
    ['hand', 'a queue by hand in each tab', left + 160],
    ['reused', 'of these, with a refresh token already used', left + 384],
  ]
  const summary = groups
    .map(({ count, bars: [ours, byHand] }) => {
      const shares = [ours, byHand].map(
        ({ refreshes, reused }) => `${each(refreshes)} (${each(reused)} reused)`,
      )
      return `${nameOf(count)}: ${shares[0]}, by hand ${shares[1]}`
    })
    .join('; ')

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    '<title>Refreshes when the access token of all tabs expires, over the number of tabs</title>',
    `<desc>For each expiry, ${summary}.</desc>`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#444}.title{font-size:15px;font-weight:600}',
    '.end{text-anchor:end}.middle{text-anchor:middle}.value{font-weight:600}',
    '.grid{fill:none;stroke:#8884;stroke-width:1}',
    '.ours{fill:#0a6cb5}.hand{fill:#9aa5b1}.reused{fill:#c4321c}',
    '@media(prefers-color-scheme:dark){text{fill:#ccc}.ours{fill:#58b4ff}.hand{fill:#6b7683}.reused{fill:#ff7f66}}',
    '</style>',
    `<text class="title" x="${left}" y="20">Refreshes when the access token of all tabs expires</text>`,
    ...legend.flatMap(([kind, name, x]) => [
      `<rect class="${kind}" x="${x}" y="36" width="12" height="12" rx="2"/>`,
      `<text x="${x + 18}" y="46">${name}</text>`,
    ]),
    ...marks.flatMap((y) => [
      `<path class="grid" d="M${left} ${yOf(y)}H${right}"/>`,
      `<text class="end" x="${left - 6}" y="${yOf(y) + 4}">${y}</text>`,
    ]),
    ...groups.flatMap(({ count, bars: [ours, byHand] }, index) => {
      const middle = left + slot * (index + 0.5)
      return [
        ...barOf(ours, middle - BAR - GAP / 2, 'ours'),
        ...barOf(byHand, middle + GAP / 2, 'hand'),
        `<text class="middle" x="${round(middle)}" y="${bottom + 17}">${count}</text>`,
      ]
    }),
    `<text class="middle" x="${(left + right) / 2}" y="${bottom + 38}">tabs, which all ask within ${SPREAD} ms</text>`,
    `<text class="middle" transform="rotate(-90)" x="${-(top + bottom) / 2}" y="20">refreshes, on average</text>`,
    '</svg>',
    '',
  ].join('\n')
}
