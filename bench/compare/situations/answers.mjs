import axios from 'axios'
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

/** @type {import('./judge.mjs').Situation[]} */
export const answers = [
  {
    invariant: '16',
    title: 'A token endpoint that never answers: every waiting request settles',
    patience: 1_000,
    async run({ http, server }) {
      server.everyFault = { kind: 'hang' }
      await outcomeWithin(4_000, burst(http, 20))
    },
  },
  {
    invariant: '16',
    title: 'A refresh that fails: every waiting request settles',
    patience: 1_000,
    async run({ http, server }) {
      server.everyFault = { kind: 'answer', status: 503 }
      await outcomeWithin(4_000, burst(http, 20))
    },
  },
  {
    invariant: '16',
    title: 'A refresh token that is refused: every waiting request settles',
    async run({ http, server }) {
      server.revoke()
      await outcomeWithin(4_000, burst(http, 20))
    },
  },
  {
    invariant: '16',
    title: 'After a refresh that failed, the next burst is answered with one refresh',
    patience: 1_000,
    async run(world) {
      const { server } = world
      server.everyFault = { kind: 'answer', status: 503 }
      await outcomeWithin(5_000, slowBurst(world, 20))
      server.everyFault = null
      const before = server.refreshes
      const { response } = await outcomeWithin(5_000, slowBurst(world, 20))
      must(response.every(answered), 'not all were answered')
      must(server.refreshes === before + 1, `${server.refreshes - before} refreshes`)
    },
  },
  {
    invariant: '17',
    title: 'Aborting a request that waits for a refresh rejects it at once',
    async run({ http, server }) {
      server.hold('/auth/refresh')
      void outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      const controller = new AbortController()
      const waiting = http.get('/orders/2', { signal: controller.signal })
      await pause(100)
      controller.abort()
      const { error } = await outcomeWithin(500, waiting)
      must(axios.isCancel(error), 'it was not a cancellation')
    },
  },
  {
    invariant: '17',
    title: 'A request that was aborted while it waited is not sent afterwards',
    async run({ http, server }) {
      const release = server.hold('/auth/refresh')
      const first = outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      const controller = new AbortController()
      const waiting = outcome(http.get('/orders/2', { signal: controller.signal }))
      await pause(100)
      const before = server.countOf('/orders/2')
      controller.abort()
      release()
      await Promise.race([Promise.all([first, waiting]), pause(500)])
      must(server.countOf('/orders/2') === before, 'it was')
    },
  },
  {
    invariant: '18',
    title: 'A logout settles what waits for a refresh that hangs',
    async run({ http, server, signOut }) {
      server.hold('/auth/refresh')
      const waiting = http.get('/orders/1')
      await server.sees('/auth/refresh')
      await outcomeWithin(1_000, signOut())
      await outcomeWithin(1_000, waiting)
    },
  },
  {
    invariant: '21',
    title: 'An error interceptor that signs out, and waits until that is done: no deadlock',
    async run(world) {
      const { http, server, signIn, signOut } = world
      http.interceptors.response.use(null, async (error) => {
        await signOut()
        throw error
      })
      server.revoke()
      const { error } = await outcomeWithin(3_000, http.get('/orders/1'))
      must(error, 'the caller was told it had worked')
      await outcomeWithin(1_000, signIn('ada'))
      await mustAnswer(world)
    },
  },
  {
    invariant: '21',
    title: 'An error interceptor that signs in again and asks anew: answered',
    async run({ http, server, signIn }) {
      let failures = 0
      http.interceptors.response.use(null, async (error) => {
        if (failures++ > 0) throw error
        await signIn('ada')
        return http.get('/orders/anew')
      })
      server.revoke()
      must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'it was not answered')
      must(server.answersTo('/orders/anew').includes(200), 'the server did not answer it')
    },
  },
  {
    invariant: '22',
    title: 'A 401 of the token endpoint itself starts no other refresh, and blocks nobody',
    async run({ http, server }) {
      server.everyFault = { kind: 'answer', status: 401 }
      await outcomeWithin(2_000, http.get('/orders/1'))
      must(server.refreshes === 1, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '22',
    title: 'After a refused refresh and a new login, requests are answered',
    async run(world) {
      world.server.everyFault = { kind: 'answer', status: 401 }
      await Promise.race([outcome(world.http.get('/orders/1')), pause(1_000)])
      world.server.everyFault = null
      await outcomeWithin(1_000, world.signIn('ada'))
      await mustAnswer(world)
    },
  },
]
