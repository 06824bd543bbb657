import { expect, test } from 'vitest'
import { driveClock } from '../support/clock'
import { shells } from '../support/shells'
import { signedIn, startServer } from '../support/test-app'

test.each(shells)(
  'any number of requests refused at once cause one refresh, and all are answered (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, count } = through(await signedIn(server))
    server.expireAccessTokens()

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => api.get<{ user: string }>(`/orders/${index}`)),
    )

    expect(answers.map(({ data }) => data.user)).toEqual(Array(100).fill('ada'))
    expect(server.refreshes).toBe(1)
    expect(server.reusedTokens).toBe(0)
    expect(count('refresh-succeeded')).toBe(1)
  },
)

test.each(shells)(
  'requests that meet a refresh in flight wait for it and are sent once (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/auth/refresh')
    server.expireAccessTokens()
    const refused = api.get('/orders/0')
    await server.sees('/auth/refresh')

    const waiting = [api.get('/orders/1'), api.get('/orders/2')]
    const { refreshing } = store
    expect(store.isRefreshing).toBe(true)
    release()

    await Promise.all([refused, ...waiting])
    expect(await refreshing).toBe(store.token)
    expect(server.countOf('/orders/1')).toBe(1)
    expect(server.refreshes).toBe(1)
    expect(store.refreshing).toBeNull()
  },
)

test.each(shells)(
  '5: a late 401 of an older token is replayed without refreshing (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/late')
    server.expireAccessTokens()
    const late = api.get('/late')
    await server.sees('/late')
    await store.refresh()
    release()

    expect((await late).data).toMatchObject({ user: 'ada' })
    expect(server.refreshes).toBe(1)
    expect(server.countOf('/late')).toBe(2)
  },
)

test('6: a response without a refresh token keeps the old one, one with it replaces it', async () => {
  const server = await startServer()
  const { store } = await signedIn(server)
  const first = store.refreshToken
  server.faults.push({ kind: 'no-refresh-token' })

  await store.refresh()
  expect(store.refreshToken).toBe(first)
  await store.refresh()
  expect(store.refreshToken).not.toBe(first)
  expect(server.reusedTokens).toBe(0)
})

test.each(shells)(
  'a token that is about to expire is refreshed before it is used (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 60
    const { api, events } = through(await signedIn(server, { leeway: 30_000 }))
    // A quarter of the lifetime at most: at 44 s the token is still fresh, at 46 s it is not.
    await clock.advance(44_000)
    await api.get('/orders/0')
    expect(server.refreshes).toBe(0)
    await clock.advance(2_000)

    await api.get('/orders/1')
    expect(server.countOf('/orders/1')).toBe(1)
    expect(events.find(({ type }) => type === 'refresh-started')).toMatchObject({ reason: 'ahead' })
  },
)

test.each(shells)(
  'with `leeway: false` a token is used until a response says "expired" (%s)',
  async (_shell, through) => {
    const server = await startServer()
    server.expiresIn = 1
    const { api, events } = through(await signedIn(server, { leeway: false }))
    server.expireAccessTokens()

    await api.get('/orders/1')
    expect(server.countOf('/orders/1')).toBe(2)
    expect(events.find(({ type }) => type === 'refresh-started')).toMatchObject({
      reason: 'expired',
    })
  },
)
