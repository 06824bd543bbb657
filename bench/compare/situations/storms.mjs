import { answered, burst, must, outcome, outcomeWithin, pause, slowBurst } from './judge.mjs'

const HOUR = 3_600_000

/** Awakes eight hours later: the wall clock has moved, no timer has run meanwhile. */
async function afterSleep(server, work) {
  const { now } = Date
  server.expireAccessTokens()
  Date.now = () => now() + 8 * HOUR
  try {
    await work()
  } finally {
    Date.now = now
  }
}

/** @type {import('./judge.mjs').Situation[]} */
export const storms = [
  {
    invariant: '25',
    title: 'A resource that always refuses: the request is sent twice at most',
    async run({ http, server }) {
      await outcomeWithin(3_000, http.get('/always-401'))
      must(server.countOf('/always-401') <= 2, `${server.countOf('/always-401')} times`)
    },
  },
  {
    invariant: '25',
    title: 'Twenty at once to a resource that always refuses: each is sent twice at most',
    async run({ http, server }) {
      const release = server.hold('/auth/refresh')
      const all = Array.from({ length: 20 }, () => outcome(http.get('/always-401')))
      await pause(200)
      release()
      await outcomeWithin(3_000, Promise.all(all))
      must(server.countOf('/always-401') <= 40, `${server.countOf('/always-401')} sends`)
      must(server.refreshes <= 2, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '26',
    title: 'Polling a resource that always refuses costs a few refreshes, not one each time',
    async run({ http, server }) {
      for (let index = 0; index < 20; index++) {
        await outcomeWithin(3_000, http.get('/always-401'))
        must(server.refreshes <= 4, 'more than 4 refreshes')
      }
    },
  },
  {
    invariant: '26',
    title: 'A server that refuses even its newest tokens costs a few refreshes',
    async run({ http, server }) {
      server.everyFault = { kind: 'expired-on-arrival' }
      for (let index = 0; index < 20; index++) {
        await outcomeWithin(3_000, http.get(`/orders/${index}`))
        must(server.refreshes <= 4, 'more than 4 refreshes')
      }
    },
  },
  {
    invariant: '26',
    title: 'Tokens that say they are over, and work, are used',
    async run(world) {
      const { http, server } = world
      world.claims.age = 7_200
      for (let index = 0; index < 20; index++) {
        const result = await outcomeWithin(3_000, http.get(`/orders/${index}`))
        must(answered(result), 'not all were answered')
        must(server.refreshes <= 4, 'more than 4 refreshes')
      }
    },
  },
  {
    invariant: '26',
    title: 'Ten expiries in a row are all cured',
    async run(world) {
      const { http, server } = world
      world.claims.age = 7_200
      for (let index = 0; index < 10; index++) {
        const result = await outcomeWithin(3_000, http.get('/orders/1'))
        must(answered(result), `number ${index + 1} was not`)
        server.expireAccessTokens()
      }
    },
  },
  {
    invariant: '26',
    title: 'Twenty requests in a second of outage cost a few exchanges',
    patience: 1_000,
    async run({ http, server }) {
      server.everyFault = { kind: 'answer', status: 503 }
      const all = []
      for (let index = 0; index < 20; index++) {
        all.push(outcome(http.get(`/orders/${index}`)))
        await pause(50)
      }
      must(server.refreshes <= 6, `${server.refreshes} exchanges`)
    },
  },
  {
    invariant: '27',
    title:
      'A token that lives for 30 days is not refreshed now, neither by itself nor for a request',
    token: 'nobody',
    async run({ http, server, signIn }) {
      server.expiresIn = 30 * 86_400
      await signIn('ada')
      await pause(500)
      for (let index = 0; index < 10; index++) {
        must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'not all were answered')
      }
      must(server.refreshes === 0, `${server.refreshes} refreshes`)
    },
  },
  ...[0, -1, 'NaN', '3600'].map((expiresIn) => ({
    invariant: '27',
    title: `An expires_in of ${JSON.stringify(expiresIn)} beside a token that works: one refresh, not one each time`,
    async run({ http, server }) {
      server.everyFault = { kind: 'extra', members: { expires_in: expiresIn } }
      for (let index = 0; index < 10; index++) {
        must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'not all were answered')
        await pause(50)
      }
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
    },
  })),
  {
    invariant: '28',
    title: 'A clock a day ahead of the server: no refresh for a token that works',
    token: 'nobody',
    async run(world) {
      const { http, server, signIn } = world
      // The same to a client: the claims of a server whose clock is a day behind.
      world.claims.age = 86_400
      await signIn('ada')
      for (let index = 0; index < 10; index++) {
        must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'not all were answered')
      }
      must(server.refreshes <= 1, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '28',
    title: 'A clock a day behind the server: a token that is over is refreshed',
    needs: 'refusal',
    token: 'nobody',
    async run(world) {
      const { http, server, signIn } = world
      world.claims.age = -86_400
      await signIn('ada')
      server.expireAccessTokens()
      must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'it was not answered')
    },
  },
  {
    invariant: '29',
    title: 'Twenty requests at once after eight hours of sleep: one refresh, all are answered',
    token: 'live',
    isAlone: true,
    async run(world) {
      await afterSleep(world.server, async () => {
        const outcomes = await slowBurst(world, 20)
        must(world.server.refreshes === 1, `${world.server.refreshes} refreshes`)
        must(outcomes.every(answered), 'not all were answered')
      })
    },
  },
  {
    invariant: '29',
    title: 'After eight hours of sleep freshness is judged again: no request is sent in vain',
    needs: 'ahead',
    token: 'live',
    isAlone: true,
    async run({ http, server }) {
      await afterSleep(server, async () => {
        await burst(http, 20)
        const refused = server.seen.filter(({ status }) => status === 401).length
        must(refused === 0, `${refused} were sent and refused`)
      })
    },
  },
  {
    invariant: '30',
    title: 'Retry-After of the token endpoint is waited for, whoever asks meanwhile',
    patience: 1_000,
    async run({ http, server }) {
      const headers = { 'retry-after': '2' }
      server.everyFault = { kind: 'answer', status: 429, headers }
      void outcome(http.get('/orders/0'))
      await server.sees('/auth/refresh')
      for (let index = 1; index < 5; index++) {
        await pause(300)
        void outcome(http.get(`/orders/${index}`))
      }
      await pause(200)
      must(server.refreshes === 1, `${server.refreshes} exchanges within 1.4 s`)
    },
  },
]
