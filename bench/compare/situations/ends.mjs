import {
  answered,
  burst,
  must,
  mustAnswer,
  outcome,
  outcomeWithin,
  pause,
  slowBurst,
} from './judge.mjs'

const html = { 'content-type': 'text/html' }
/** @type {[string, import('../../../tests/fixtures/auth-server').Fault][]} */
const outages = [
  ['is cut off', { kind: 'reset' }],
  ['answers 503', { kind: 'answer', status: 503 }],
  ['answers 429', { kind: 'answer', status: 429 }],
  [
    'answers 200 with the page of a captive portal',
    { kind: 'answer', status: 200, headers: html, body: '<!doctype html><p>Please sign in.' },
  ],
  [
    'answers 403 with the page of a firewall',
    { kind: 'answer', status: 403, headers: html, body: '<!doctype html><p>Blocked.' },
  ],
  ['answers 200 with nothing', { kind: 'answer', status: 200 }],
  [
    'says temporarily_unavailable',
    {
      kind: 'answer',
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"temporarily_unavailable"}',
    },
  ],
]

/** @type {import('./judge.mjs').Situation[]} */
export const ends = [
  ...outages.map(([what, fault]) => ({
    invariant: '31',
    title: `The token endpoint ${what} for a while: nobody is signed out`,
    patience: 800,
    async run(world) {
      world.server.everyFault = fault
      await Promise.race([outcome(world.http.get('/orders/1')), pause(2_000)])
      world.server.everyFault = null
      await mustAnswer(world, 'the session was over')
    },
  })),
  {
    invariant: '32',
    title: 'A refresh ahead of expiry that fails leaves a token that works in use',
    token: 'nobody',
    patience: 1_000,
    async run({ http, server, signIn }) {
      server.expiresIn = 8
      await signIn('ada')
      await pause(6_200)
      server.everyFault = { kind: 'answer', status: 503 }
      must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'it was not answered')
    },
  },
  {
    invariant: '33',
    title: 'A 403 refreshes nothing, and its caller gets it',
    token: 'live',
    async run({ http, server }) {
      const { error } = await outcomeWithin(2_000, http.get('/forbidden'))
      must(error?.response?.status === 403, 'the caller got something else')
      must(server.refreshes === 0, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '34',
    title: 'A refused refresh token with twenty waiting: one redirect',
    needs: 'redirect',
    async run(world) {
      const { redirects, server } = world
      server.revoke()
      await Promise.race([slowBurst(world, 20), pause(3_000)])
      await pause(50)
      must(redirects() === 1, `${redirects()} redirects`)
    },
  },
  {
    invariant: '34',
    title: 'A refused refresh token: every waiting caller is told by a rejection',
    async run({ http, server }) {
      server.revoke()
      const { response } = await outcomeWithin(3_000, burst(http, 20))
      must(
        response.every(({ error }) => error),
        'some were told it had worked',
      )
    },
  },
  {
    invariant: '34',
    title: 'A refresh token that was refused is not sent again',
    async run(world) {
      const { http, server } = world
      server.revoke()
      await Promise.race([slowBurst(world, 3), pause(2_000)])
      await Promise.race([burst(http, 3), pause(1_000)])
      must(server.refreshes === 1, `${server.refreshes} exchanges`)
    },
  },
]
