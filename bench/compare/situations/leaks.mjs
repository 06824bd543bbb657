import { inspect } from 'node:util'
import axios from 'axios'
import { answered, carries, must, outcome, outcomeWithin, pause } from './judge.mjs'

/** By which the libraries and the code by hand tell a request that they leave alone. */
const marks = ['skipAuth', 'skipAuthRefresh', '_retry']

const withToken = (server) => server.seen.filter(carries)

/** @type {import('./judge.mjs').Situation[]} */
export const leaks = [
  {
    invariant: '40',
    title: 'An absolute URL of another origin gets no token',
    token: 'live',
    async run({ http, startForeign }) {
      const foreign = await startForeign()
      await outcomeWithin(2_000, http.get(`${foreign.origin}/public`))
      must(foreign.seen.length > 0, 'it was not asked')
      must(withToken(foreign).length === 0, 'it did')
    },
  },
  {
    invariant: '40',
    title: 'A base URL of another origin, for one request, gets no token',
    token: 'live',
    async run({ http, startForeign }) {
      const foreign = await startForeign()
      await outcomeWithin(2_000, http.get('/public', { baseURL: foreign.origin }))
      must(foreign.seen.length > 0, 'it was not asked')
      must(withToken(foreign).length === 0, 'it did')
    },
  },
  {
    invariant: '40',
    title: 'A 401 of another origin refreshes nothing',
    token: 'live',
    async run({ http, server, startForeign }) {
      const foreign = await startForeign()
      await outcomeWithin(2_000, http.get(`${foreign.origin}/orders/1`))
      must(server.refreshes === 0, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '41',
    title: 'The error of a request that was refused holds no token',
    token: 'live',
    async run({ findSecrets, http }) {
      const { error } = await outcomeWithin(2_000, http.get('/forbidden'))
      must(error, 'there was none')
      must(findSecrets(error).length === 0, `at ${findSecrets(error)[0]}`)
    },
  },
  {
    invariant: '41',
    title: 'The error of a refresh that failed holds no token',
    patience: 800,
    async run({ findSecrets, http, server }) {
      server.everyFault = { kind: 'answer', status: 503 }
      const { error } = await outcomeWithin(3_000, http.get('/orders/1'))
      must(error, 'there was none')
      must(findSecrets(error).length === 0, `at ${findSecrets(error)[0]}`)
    },
  },
  {
    invariant: '41',
    title: 'Nothing is printed that holds a token',
    patience: 800,
    async run({ findSecrets, http, printed, server }) {
      server.everyFault = { kind: 'answer', status: 503 }
      await Promise.race([outcome(http.get('/orders/1')), pause(2_000)])
      must(findSecrets(printed).length === 0, 'something was')
      must(!inspect(printed, { depth: 4 }).includes('refresh-ada'), 'something was')
    },
  },
  {
    invariant: '43',
    title: 'Before anybody is signed in, no request carries a token',
    token: 'nobody',
    async run({ http, server }) {
      await outcomeWithin(2_000, http.get('/public'))
      must(server.seen.length > 0 && withToken(server).length === 0, 'it did')
    },
  },
  ...[
    { what: 'no token', body: {} },
    { what: 'a token with a line break', body: { access_token: 'a\r\nX-Evil: 1' } },
    { what: 'the word undefined for a token', body: { access_token: 'undefined' } },
  ].map(({ what, body }) => ({
    invariant: '43',
    title: `A refresh that answers with ${what} does not put it into a header`,
    patience: 800,
    async run({ http, server }) {
      const headers = { 'content-type': 'application/json' }
      server.everyFault = { kind: 'answer', status: 200, headers, body: JSON.stringify(body) }
      await Promise.race([outcome(http.get('/orders/1')), pause(2_000)])
      await Promise.race([outcome(http.get('/orders/2')), pause(1_500)])
      const strange = server.seen
        .map(({ headers }) => headers.authorization ?? 'Bearer a.b.c')
        .filter((value) => !/^Bearer [^.]+\.[^.]+\.[^.]+$/.test(value))
      must(strange.length === 0, `"${strange[0]}" was sent`)
      must(
        server.seen.every(({ headers }) => !headers['x-evil']),
        'a header was smuggled',
      )
    },
  })),
  {
    invariant: '44',
    title: `A prototype polluted with ${marks.join(', ')} switches nothing off, where an adapter copies the config`,
    isAlone: true,
    // Copies the config, like a cache that wraps the adapter. Only the copy has a prototype by now.
    prepare(http) {
      http.interceptors.request.use((config) => {
        const send = axios.getAdapter(config.adapter)
        return Object.assign(config, { adapter: (final) => send({ ...final }) })
      })
    },
    async run({ http }) {
      const polluted = Object.prototype
      for (const mark of marks) polluted[mark] = true
      try {
        must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'it was not answered')
      } finally {
        for (const mark of marks) delete polluted[mark]
      }
    },
  },
  {
    invariant: '44',
    title: 'The config of an answered request, sent again after the next expiry, is answered again',
    async run(world) {
      const { http, server } = world
      world.claims.age = 7_200
      const first = await outcomeWithin(3_000, http.get('/orders/1'))
      must(answered(first), 'it was not answered the first time')
      server.expireAccessTokens()
      world.claims.age = 0
      const again = await outcomeWithin(3_000, http.request(first.response.config))
      must(answered(again), 'it was not')
    },
  },
]
