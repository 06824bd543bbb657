import { describe, expect, test } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const tokens = { access_token: 'A1', refresh_token: 'R1' }

/** Ways in which a callback goes wrong that no type prevents. */
const accidents: Record<string, () => Promise<never>> = {
  'rejects with an Error': () => Promise.reject(new Error('out of order')),
  'throws instead of rejecting': () => {
    throw new Error('out of order')
  },
  'rejects with nothing': () => Promise.reject(),
  'rejects with null': () => Promise.reject(null),
  'rejects with text': () => Promise.reject('out of order'),
  'rejects with an object': () => Promise.reject({ status: 401, message: 1 }),
}
const ways = Object.keys(accidents)

describe('a refresh callback that goes wrong is unreachable, and the session is kept', () => {
  test.each(ways)('%s', async (way) => {
    const server = await startServer()
    const { api, store } = createTestApp(server, { refresh: accidents[way]!, retries: 0 })
    await store.setSession(tokens)

    const waiting = await rejection(api.get('/orders/1'))

    expect(isAuthError(waiting, 'unreachable')).toBe(true)
    expect(waiting).toMatchObject({ response: { status: 401 } })
    expect([store.status, store.token]).toEqual(['authenticated', 'A1'])
  })
})

describe('a refresh callback that resolves with no token response is unreachable, too', () => {
  test.each([undefined, null, '', 'A2', 0, [], {}, { data: { data: { access_token: 'A2' } } }])(
    '%j',
    async (answer) => {
      const { store } = createTestApp(await startServer(), {
        refresh: () => Promise.resolve(answer),
        retries: 0,
      })
      await store.setSession(tokens)

      expect(isAuthError(await rejection(store.refresh()), 'unreachable')).toBe(true)
      expect([store.status, store.token]).toEqual(['authenticated', 'A1'])
    },
  )
})

describe('a login callback that goes wrong', () => {
  test.each(ways)('%s: the caller is given what it threw, and nobody is signed in', async (way) => {
    const { store, plugin } = createTestApp(await startServer(), { login: accidents[way]! })
    await plugin.ready
    const thrown = await Promise.resolve()
      .then(accidents[way])
      .catch((reason: unknown) => reason)

    expect(await rejection(store.login({ user: 'ada' }))).toEqual(thrown)
    expect([store.status, store.token]).toEqual(['anonymous', null])
  })

  test('it leaves who is signed in alone', async () => {
    const server = await startServer()
    const { store } = await signedIn(server)

    const error = await rejection(store.login({ user: 'nobody' }))

    expect(error).toMatchObject({ isAxiosError: true, response: { status: 401 } })
    expect([store.status, server.userOf(`Bearer ${store.token}`)]).toEqual(['authenticated', 'ada'])
  })
})

describe('a logout callback that goes wrong signs out all the same', () => {
  test.each(ways)('%s', async (way) => {
    const { store } = createTestApp(await startServer(), { logout: accidents[way]! })
    await store.setSession(tokens)

    await store.logout()

    expect([store.status, store.token]).toEqual(['anonymous', null])
  })
})

describe('a fetchUser callback that goes wrong leaves the session without a user', () => {
  test.each(ways)('%s', async (way) => {
    const { store, count } = createTestApp(await startServer(), { fetchUser: accidents[way]! })

    await store.setSession(tokens)

    expect([store.status, store.user]).toEqual(['authenticated', null])
    expect(count('user-failed')).toBe(1)
  })
})

test('what login and refresh are given to send with has the defaults of the instance, and no token', async () => {
  const server = await startServer()
  const seen: (string | undefined)[] = []
  const look: NonNullable<AuthOptions['login']> = async (_argument, { http }) => {
    seen.push(http.defaults.baseURL, JSON.stringify((await http.get('/public')).data))
    return tokens
  }
  const { store } = createTestApp(server, { login: look, refresh: look })
  await store.login({})
  await store.refresh()

  const each = [server.origin, '{"authorization":null}']
  expect(seen).toEqual([...each, ...each])
})

describe('the server is told of a logout', () => {
  test('also when another user has signed in and out meanwhile', async () => {
    const signals: AbortSignal[] = []
    const logout: AuthOptions['logout'] = (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const { store } = await signedIn(await startServer(), { logout, refreshTimeout: 200 })
    const first = store.logout()
    await store.login({ user: 'ben' })
    await Promise.all([first, store.logout()])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  test('also when the app is unmounted at once', async () => {
    const server = await startServer()
    const { store, plugin } = await signedIn(server)
    const logout = store.logout()
    plugin.dispose()
    await logout
    expect(server.countOf('/auth/logout')).toBe(1)
  })
})
