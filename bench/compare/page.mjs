const number = new Intl.NumberFormat('en').format
const lists = new Intl.ListFormat('en')
const burstsOf = ({ name, counts }) =>
  `with ${name} where it has ${lists.format(counts.map(number))} requests`
const row = (cells) => `| ${cells.join(' | ')} |`

/**
 * docs/reports/comparison.md.
 *
 * @param {object} results
 * @param {{ title: string, rows: { situation: import('./situations/judge.mjs').Situation, cells: { mark: string }[] }[] }[]} results.sections
 * @param {{ name: string, passed: number, failed: number, notOffered: number, size: number }[]} results.totals
 * @param {{ name: string, counts: number[] }[]} results.cheaper in burst.svg, and for bursts of how many requests
 * @param {string} results.axios version
 * @param {string} results.node version
 * @param {string} results.date
 */
export function comparisonPage({ sections, totals, cheaper, axios, node, date }) {
  const situations = sections.flatMap(({ rows }) => rows)
  const names = totals.map(({ name }) => name)
  const [ours, ...others] = totals
  const smaller = others.filter(
    ({ size, name }) => size < ours.size && !name.startsWith('the same'),
  )
  const lost = situations.filter(
    ({ cells: [mine, ...rest] }) => mine.mark === '✗' && rest.some(({ mark }) => mark === '✓'),
  )
  return [
    '# Compared',
    '',
    `${situations.length} situations, each with a real HTTP server that rotates refresh tokens and detects their reuse, judged by`,
    'what that server saw and the callers got. They are taken from the list in [design.md](../design.md), as far as it',
    'concerns one tab and what more than one library has. Left out are those for several tabs, or for a page that goes',
    'away (3, 4, 9, 11, 19, 20), and those of what only this library has: events, locks, return URLs (23, 24, 42).',
    'Everybody is set up as the README in question shows it, with refresh tokens that rotate.',
    `Written by \`npm run compare -- --write\` on ${date}, Node ${node}, axios ${axios}.`,
    '',
    row(['', ...names]),
    row(['---', ...names.map(() => '---:')]),
    row(['passed', ...totals.map(({ passed }) => passed)]),
    row(['failed', ...totals.map(({ failed }) => failed)]),
    row(['not offered', ...totals.map(({ notOffered }) => notOffered)]),
    row(['bytes, minified and brotli, without peers', ...totals.map(({ size }) => number(size))]),
    '',
    '## To be fair',
    '',
    '- The situations are ours: they are what this library was written for.',
    `- **Size.** ${smaller.map(({ name }) => name).join(', ')} ${smaller.length === 1 ? 'is' : 'are'} smaller, by up to ${number(Math.max(0, ...smaller.map(({ size }) => Math.floor(ours.size / size))))} times. If yours`,
    '  is one tab, a server that does not rotate, and a user who never changes, the small ones do.',
    ...(cheaper.length
      ? [
          '- **Time.** In [burst.svg](burst.svg) this library is not always the cheapest. A burst costs less processor time',
          `  ${cheaper.map(burstsOf).join(';\n  ')}.`,
          "  That of axios-jwt is on a token that it knows to be over, so that it sends half as much; axios-auth-refresh's is",
          '  with `deduplicateRefresh: false`.',
        ]
      : []),
    '- **The code by hand.** "The article\'s code" is the third plan of',
    '  an article of July 2021 (实现无感刷新token我是这样做的) that was copied many times since,',
    '  [here for one](https://blog.csdn.net/lC518800/article/details/129192773), with 401 for its code 409 and refresh tokens that',
    '  rotate; of the copies we took one that sends the waiting requests again, as the first does not. "A typical project" is nobody\'s: the pattern',
    '  of `isRefreshing` and `processQueue` in many templates, reconstructed. Either is some forty lines that one can read.',
    '- axios-auth-refresh and the code written by hand need neither Vue nor Pinia; axios-jwt runs in React Native too.',
    '- axios-jwt refreshes ahead of expiry only, and says so. What needs a refusal to be noticed is "not offered" there, not',
    '  failed, and wherever a token is over, it is so by its own claims and for the server, so that both kinds can tell.',
    '- axios-auth-refresh takes the `refreshAuthLogic` you write: how long it waits, what it stores, and what ends a session',
    '  are yours. Several failures can be mended there; here it is as its README has it. Its default loses requests that are',
    '  refused together ([its issue 307](https://github.com/Flyrell/axios-auth-refresh/issues/307)), so it is shown with',
    '  `deduplicateRefresh: false` as well: then they share one refresh after all.',
    '- Who offers no way to be taken off an axios, or keeps its state in its modules, where two users of a server that',
    '  renders would share it (axios-jwt, whose README speaks of browsers and React Native), is not blamed for it either.',
    '- Where a token endpoint hangs or fails, this library is told to wait for a second, which is an option; it would wait',
    '  for ten. The others have no such option. A situation that is not over in time has failed.',
    ...(lost.length
      ? [
          `- Others pass, and this library fails: ${lost.map(({ situation }) => situation.title).join('; ')}.`,
        ]
      : []),
    '',
    ...sections.flatMap(({ title, rows }) => [
      `## ${title}`,
      '',
      row(['', '', ...names]),
      row(['---:', '---', ...names.map(() => ':---:')]),
      ...rows.map(({ situation, cells }) =>
        row([situation.invariant, situation.title, ...cells.map(({ mark }) => mark)]),
      ),
      '',
    ]),
    'The number is that of the rule in [design.md](../design.md). ✓ passed, ✗ failed, – the library does not claim to do it.',
    '`npm run compare` prints why.',
    '',
  ].join('\n')
}
