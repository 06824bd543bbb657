const number = new Intl.NumberFormat('en').format
const row = (cells) => `| ${cells.join(' | ')} |`

/**
 * A table as `printTable` prints it.
 *
 * @typedef {object} Table
 * @property {'summary' | 'expiries' | 'revoking' | 'late' | 'waited' | 'needed' | 'revocations'} section
 * @property {string} [title] in its section
 * @property {string[]} head
 * @property {string[][]} rows
 */

/**
 * docs/reports/latency.md.
 *
 * @param {object} results
 * @param {Table[]} results.tables
 * @param {{ before: number, after: number }} results.around the load around an expiry, in s
 * @param {number} results.delayed added time that counts as a delay, in ms
 * @param {number} results.latency one way, in ms
 * @param {number} results.rate requests a second
 * @param {number} results.users
 * @param {{ requests: number, within: number }} results.view
 * @param {number} results.viewedFrom in ms before the expiry
 * @param {number} results.views
 * @param {string} results.node version
 * @param {string} results.axios version
 */
export function latencyPage({
  tables,
  around,
  delayed,
  latency,
  rate,
  users,
  view,
  viewedFrom,
  views,
  node,
  axios,
}) {
  /** The tables of a section, whose columns from `firstNumber` on are numbers. */
  const tablesOf = (section, firstNumber = 1) =>
    tables
      .filter((table) => table.section === section)
      .flatMap(({ title, head, rows }) => [
        ...(title ? [`### ${title}`, ''] : []),
        row([title ? '' : head[0], ...head.slice(1)]),
        row(head.map((_, column) => (column < firstNumber ? '---' : '---:'))),
        ...rows.map(row),
        '',
      ])

  return [
    '# The time that a refresh adds to requests',
    '',
    '![Time that a refresh adds to each request](../latency.svg)',
    '',
    `Written by \`npm run bench:latency\`, Node ${node}, axios ${axios}.`,
    '',
    '## How it was measured',
    '',
    '- **The clock is driven, the network and the server are simulated.** Processor time, storage and locks add nothing',
    '  here; `npm run bench` measures processor time. The same code gives the same figures on any machine.',
    `- **The network** takes ${latency} ms one way, and the API 10 ms more. "Added" is the time from the call to the answer,`,
    '  less what the same request takes with a token that never expires.',
    '- **The API** judges each request when it arrives. The token is a JWT with `iat` and `exp` in whole seconds, rounded',
    '  down. An old access token is good until its own `exp`. Refresh tokens rotate.',
    `- **The load** is ${rate} requests a second at random moments, the same for all libraries. It begins ${around.before} s before the`,
    `  expiry of the first token, or with the login. It ends ${around.after} s after that expiry. The figures are sums over ${users} users.`,
    '- **The trouble** of a token endpoint begins with the first exchange, and lasts 5 s. After that it answers in 50 ms.',
    '- **The libraries** are set up as their READMEs show it, this one as built. axios-auth-refresh has',
    '  `deduplicateRefresh: false`, because its default loses requests that are refused together.',
    '',
    '| column | meaning |',
    '| --- | --- |',
    `| delayed | requests that were answered more than ${delayed} ms later than otherwise |`,
    '| p99, worst | added time of the requests that were answered |',
    '| refused | requests that the API answered with 401; most libraries send them again |',
    '| failed | requests that were rejected, or not answered a minute after the load |',
    '| refreshes | requests to the token endpoint |',
    '| sends | requests to the API, second ones among them |',
    '',
    '## Expiries under load',
    '',
    'Requests that were delayed or failed, with a lifetime of 60 s:',
    '',
    ...tablesOf('summary'),
    ...tablesOf('expiries', 2),
    '- **This library** begins a refresh with 30 s left, or with a quarter of the lifetime. So with 8 s of lifetime, an',
    '  endpoint that takes 3 s answers after the old token is over, and requests wait. They wait for less than a second at',
    '  the most there, where a JWT that was cut to whole seconds may arrive dead: those are the refused ones.',
    '- **An exchange that is never answered** is given up after three times `refreshTimeout`, 30 s: before that, the',
    '  same refresh token is not sent again. Once the token is over, requests wait and fail until then.',
    '- **axios-jwt** counts a token with less than 10 s left as over, so one of 8 s is refreshed before every request.',
    "- **The article's code** refreshes for the first refused request. Requests that are refused between the answer and",
    '  the end of that request are queued, and sent after the next refresh, if there is one.',
    '',
    '## A server that revokes the old access token at once',
    '',
    'The same load, with a server that accepts only the newest access token. Requests on their way are refused then.',
    '',
    ...tablesOf('revoking', 2),
    `The requests that are sent a second time for each refresh, with ${rate} requests a second and a lifetime of 60 s:`,
    '',
    ...tablesOf('revocations'),
    'A refresh ahead of expiry costs the requests of one round trip a second send. A refresh after a refusal costs no',
    'fewer. axios-jwt has none refused, because it lets all requests wait.',
    '',
    '## The life that a token needs',
    '',
    `A user comes back at a random moment in the last ${viewedFrom / 1_000} s of a token, and the page makes ${view.requests} requests within`,
    `${view.within} ms. That happens ${number(views)} times with each \`minValidity\` and on each network. The token endpoint takes 50 ms.`,
    'Requests that arrived dead, and were sent twice:',
    '',
    ...tablesOf('late'),
    `Requests that were answered more than ${delayed} ms later than otherwise, because they waited or were sent twice:`,
    '',
    ...tablesOf('waited'),
    'The longest life that the client still gave a token that was dead when it arrived:',
    '',
    ...tablesOf('needed'),
    'The client counts the lifetime from the receipt of the token. The server counts it from a whole second before the',
    'token was issued. So the client is wrong by up to a second and one way; another way passes until a request arrives.',
    'The default is the smallest value of the table with which no request arrives dead on a network of up to 300 ms one way.',
    '',
  ].join('\n')
}
