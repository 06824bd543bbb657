import { answered, must, outcome, outcomeWithin, pause } from './judge.mjs'

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
