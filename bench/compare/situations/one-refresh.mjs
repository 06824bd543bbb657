import axios from 'axios'
import {
  answered,
  burst,
  must,
  mustAnswer,
  outcome,
  outcomeWithin,
  pause,
  sentBy,
  slowBurst,
} from './judge.mjs'

const answers = (outcomes) => outcomes.filter(answered).length

/** @type {import('./judge.mjs').Situation[]} */
export const oneRefresh = [
  ...[20, 500].map((count) => ({
    invariant: '1',
    isAlone: count > 100,
    title: `${count} requests at once on a token that is over: one refresh, all are answered`,
    async run(world) {
      const { server } = world
      const outcomes = await slowBurst(world, count)
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
      must(answers(outcomes) === count, `${answers(outcomes)} of ${count} answered`)
    },
  })),
  {
    invariant: '1',
    title: '100 requests at once on a token that only the server knows to be over: one refresh',
    needs: 'refusal',
    token: 'live',
    async run(world) {
      const { server } = world
      server.expireAccessTokens()
      const outcomes = await slowBurst(world, 100)
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
      must(answers(outcomes) === 100, `${answers(outcomes)} of 100 answered`)
    },
  },
  {
    invariant: '1',
    title: '100 requests at once on a token whose announced lifetime is over: none is sent in vain',
    needs: 'ahead',
    token: 'brief',
    async run({ http, server }) {
      const outcomes = await burst(http, 100)
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
      must(answers(outcomes) === 100, `${answers(outcomes)} of 100 answered`)
      const refused = server.seen.filter(({ status }) => status === 401).length
      must(refused === 0, `${refused} were sent and refused`)
    },
  },
  {
    invariant: '1',
    title: 'Requests made while the refresh is in flight wait for it, and are sent once',
    async run({ http, server }) {
      const release = server.hold('/auth/refresh')
      const first = outcome(http.get('/first'))
      await server.sees('/auth/refresh')
      const second = burst(http, 20, '/later')
      await new Promise((resolve) => setTimeout(resolve, 50))
      release()
      must(answered(await first) && answers(await second) === 20, 'not all were answered')
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
      const sent = server.seen.filter(({ path }) => path.startsWith('/later')).length
      must(sent === 20, `20 requests were sent ${sent} times`)
    },
  },
  {
    invariant: '2',
    title: 'Three bursts on three expiries: no refresh token is sent twice',
    async run(world) {
      for (const age of [7_200, 7_200, 0]) {
        world.claims.age = age
        await slowBurst(world, 20)
        if (age) world.server.expireAccessTokens()
      }
      must(world.server.reusedTokens === 0, `${world.server.reusedTokens} were`)
      await mustAnswer(world)
    },
  },
  {
    invariant: '5',
    title: 'A token endpoint that answers faster than the API refuses: one refresh all the same',
    async run({ http, server }) {
      const outcomes = await burst(http, 20)
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
      must(answers(outcomes) === 20, `${answers(outcomes)} of 20 answered`)
    },
  },
  {
    invariant: '5',
    title: 'A refusal that comes late, of an older token, is sent again without another refresh',
    needs: 'refusal',
    token: 'live',
    async run({ http, server }) {
      server.expireAccessTokens()
      const release = server.hold('/late')
      const late = outcome(http.get('/late'))
      await server.sees('/late')
      await outcome(http.get('/orders/1'))
      release()
      must(answered(await late), 'it was not answered')
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '6',
    title: 'An answer without a refresh token keeps the old one',
    async run(world) {
      world.server.faults.push({ kind: 'no-refresh-token' })
      world.claims.age = 7_200
      await outcome(world.http.get('/orders/1'))
      world.claims.age = 0
      world.server.expireAccessTokens()
      await mustAnswer(world)
    },
  },
  {
    invariant: '7',
    title: "A refresh that answers with another user's tokens: no request is sent as that user",
    patience: 1_000,
    async run({ http, server }) {
      const { data: members } = await axios.post(`${server.origin}/auth/login`, { user: 'ben' })
      server.everyFault = { kind: 'extra', members }
      await Promise.race([outcome(http.get('/orders/1')), pause(2_000)])
      await Promise.race([outcome(http.get('/orders/2')), pause(2_000)])
      const asBen = server.seen.filter(({ headers }) => sentBy(headers.authorization) === 'ben')
      must(server.refreshes > 0, 'there was no refresh')
      must(asBen.length === 0, `${asBen.length} were`)
    },
  },
  {
    invariant: '8',
    title: 'After an exchange without any answer, the next one works',
    patience: 1_000,
    async run(world) {
      world.server.faults.push({ kind: 'reset' })
      await outcomeWithin(3_000, world.http.get('/orders/1'))
      await mustAnswer(world)
    },
  },
]
