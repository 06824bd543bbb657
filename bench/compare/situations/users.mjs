import {
  answered,
  burst,
  carries,
  must,
  mustAnswer,
  outcome,
  outcomeWithin,
  pause,
  sentBy,
} from './judge.mjs'

const ofUser = (server, path, user) =>
  server.seen.filter(
    (request) => request.path === path && sentBy(request.headers.authorization) === user,
  )

/** @type {import('./judge.mjs').Situation[]} */
export const users = [
  {
    invariant: '10',
    title: 'A logout during a refresh: its answer is not used for anything',
    async run({ http, server, signOut }) {
      const release = server.hold('/auth/refresh')
      const waiting = outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      await signOut()
      release()
      await Promise.race([waiting, pause(300)])
      await outcomeWithin(2_000, http.get('/public'))
      const [seen] = server.seen.filter(({ path }) => path === '/public')
      must(seen && !carries(seen), 'a request after the logout carried its token')
    },
  },
  {
    invariant: '10',
    title: 'A logout during a refresh: what waited for it is not sent any more',
    async run({ http, server, signOut }) {
      const release = server.hold('/auth/refresh')
      const waiting = outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      const before = server.countOf('/orders/1')
      await signOut()
      release()
      await Promise.race([waiting, pause(500)])
      must(server.countOf('/orders/1') === before, 'it was sent after the logout')
    },
  },
  {
    invariant: '12',
    title: "A request of one user is not sent again with the next user's token",
    async run({ http, server, signIn, signOut }) {
      const release = server.hold('/auth/refresh')
      const waiting = outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      await signOut()
      await signIn('ben')
      release()
      await Promise.race([waiting, pause(500)])
      must(ofUser(server, '/orders/1', 'ben').length === 0, 'it was')
    },
  },
  {
    invariant: '12',
    title:
      "A request that is refused after the user has changed is not sent with the next user's token",
    needs: 'refusal',
    token: 'live',
    async run({ http, server, signIn, signOut }) {
      server.expireAccessTokens()
      const release = server.hold('/orders/1')
      const waiting = outcome(http.get('/orders/1'))
      await server.sees('/orders/1')
      await signOut()
      await signIn('ben')
      release()
      await Promise.race([waiting, pause(500)])
      must(ofUser(server, '/orders/1', 'ben').length === 0, 'it was')
    },
  },
  {
    invariant: '12',
    title: "A slow interceptor does not carry one user's request past a change of user",
    token: 'live',
    prepare(http) {
      http.interceptors.request.use(async (config) => {
        if (config.url === '/orders/slow') await pause(200)
        return config
      })
    },
    async run({ http, server, signIn, signOut }) {
      const slow = outcome(http.get('/orders/slow'))
      await signOut()
      await signIn('ben')
      await slow
      must(ofUser(server, '/orders/slow', 'ben').length === 0, 'it was sent as the other user')
    },
  },
  {
    invariant: '13',
    title: 'A login during a refresh is not overwritten by it',
    async run({ http, server, signIn }) {
      const release = server.hold('/auth/refresh')
      const waiting = outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      await outcomeWithin(2_000, signIn('ben'))
      release()
      await Promise.race([waiting, pause(500)])
      const { response } = await outcomeWithin(2_000, http.get('/me'))
      must(response?.data.name === 'ben', `the server answered ${response?.data.name}`)
    },
  },
  {
    invariant: '13',
    title: "The new user's requests do not wait for the old user's refresh",
    async run({ http, server, signIn, signOut }) {
      server.hold('/auth/refresh')
      void outcome(http.get('/orders/1'))
      await server.sees('/auth/refresh')
      await signOut()
      await outcomeWithin(2_000, signIn('ben'))
      const { response } = await outcomeWithin(1_500, http.get('/me'))
      must(response?.data.name === 'ben', 'they were not answered as the new user')
    },
  },
  {
    invariant: '14',
    title: 'Two users in one process, as on a server that renders: each is sent as who it is',
    needs: 'two users',
    token: 'nobody',
    async run(world) {
      const { http, server, setUpAnother, signIn } = world
      const another = await setUpAnother()
      world.claims.age = 7_200
      await Promise.all([signIn('ada'), another.signIn('ben')])
      server.expireAccessTokens()
      world.claims.age = 0
      const outcomes = await Promise.all([
        outcomeWithin(3_000, http.get('/of/ada')),
        outcomeWithin(3_000, another.http.get('/of/ben')),
      ])
      must(outcomes.every(answered), 'not all were answered')
      for (const user of ['ada', 'ben']) {
        const sent = server.seen.filter(({ path }) => path === `/of/${user}`)
        const others = sent.filter(({ headers }) => sentBy(headers.authorization) !== user)
        must(others.length === 0, `${others.length} of ${user} were not sent as ${user}`)
      }
    },
  },
  {
    invariant: '15',
    title: 'Taken off an axios, it sets no token there any more, and a refusal refreshes nothing',
    needs: 'dispose',
    token: 'live',
    async run(world) {
      const { dispose, http, server } = world
      await mustAnswer(world, 'it did not work before')
      dispose()
      const before = server.seen.length
      await outcomeWithin(2_000, http.get('/public'))
      const { error } = await outcomeWithin(2_000, http.get('/orders/1'))
      must(error?.response?.status === 401, 'the caller did not get the refusal')
      must(!server.seen.slice(before).some(carries), 'a request carried a token')
      must(server.refreshes === 0, `${server.refreshes} refreshes`)
    },
  },
  {
    invariant: '15',
    title: 'Taken off during a refresh that hangs, it holds no later request back',
    needs: 'dispose',
    async run({ dispose, http, server }) {
      server.hold('/auth/refresh')
      void burst(http, 3)
      await server.sees('/auth/refresh')
      dispose()
      must(answered(await outcomeWithin(1_500, http.get('/public'))), 'it was not answered')
    },
  },
]
