// @vitest-environment jsdom
import axios, { type AxiosInstance } from 'axios'
import { describe, expect, test, vi } from 'vitest'
import {
  isAuthError,
  memoryStorage,
  type AuthOptions,
  type ReauthenticateContext,
} from 'vue-auth-refresh'
import { expectError } from '../setup/console'
import { driveClock } from '../support/clock'
import { FakeLocks } from '../support/fake-locks'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { createLatch } from '../../src/utils/waiting'
import { arrival } from '../support/router-app'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  rejection,
  signedIn,
  startServer,
  type TestApp,
} from '../support/test-app'

useSingleTab()

interface User {
  readonly name: string
}

/** The dialog of an application. It closes when the library says so, or when the user cancels. */
function createDialog() {
  const shown: ReauthenticateContext[] = []
  const opened = createLatch()
  let close = (): void => {}
  return {
    shown,
    opened: opened.opened,
    cancel: () => close(),
    reauthenticate: vi.fn((context: ReauthenticateContext) => {
      shown.push(context)
      opened.open()
      return new Promise<void>((resolve) => {
        close = resolve
        context.signal.addEventListener('abort', () => resolve())
      })
    }),
  }
}

/** Ada on a protected page, and her session revoked at the server. */
async function revoked(given: Partial<AuthOptions> = {}) {
  const { server, ...app } = await signedInto(given)
  server.revoke()
  return { ...app, server }
}

/** Ada on a protected page; `another` is a further tab of hers. */
async function signedInto(given: Partial<AuthOptions>) {
  showPage(true)
  const server = await startServer()
  const router = createTestRouter()
  const dialog = createDialog()
  const options: Partial<AuthOptions> = {
    storage: memoryStorage(),
    reauthenticate: dialog.reauthenticate,
    fetchUser: async ({ http }) => (await http.get<User>('/me')).data,
    isSameUser: (before, after) => (before as User).name === (after as User).name,
    ...given,
  }
  const app = await signedIn(server, { router, ...options }, { adapter: 'http' })
  const another = async (): Promise<TestApp> => {
    const other = createTestApp(server, options, { adapter: 'http' })
    await other.plugin.ready
    return other
  }
  await router.push('/private?draft=1')
  return { ...app, server, router, dialog, another }
}

test('requests of a refused session are held, and sent once its user is back', async () => {
  const { api, server, store, router, dialog, count } = await revoked()
  const requests = Array.from({ length: 20 }, (_, index) =>
    api.post('/orders', { index }).then(({ data }) => data.user),
  )
  await dialog.opened
  // One that is made while the dialog is open waits as well.
  const late = api.get('/orders/late')
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('rejected')
  expect(store.token).toBeNull()
  expect(dialog.shown[0]?.user).toEqual({ name: 'ada' })

  await store.login({ user: 'ada' })
  expect(await Promise.all(requests)).toEqual(Array(20).fill('ada'))
  expect((await late).data.user).toBe('ada')
  expect(dialog.reauthenticate).toHaveBeenCalledTimes(1)
  expect(dialog.shown[0]?.signal.aborted).toBe(true)
  expect(router.currentRoute.value.fullPath).toBe('/private?draft=1')
  expect(store.error).toBeNull()
  expect(server.countOf('/orders')).toBe(40)
  expect(server.refreshes).toBe(1)
  expect(count('session-lapsed')).toBe(1)
  expect(count('session-resumed')).toBe(1)
  expect(count('session-started')).toBe(1)
  expect(count('session-ended')).toBe(0)
})

test('what is held is sent as it was: the same bytes', async () => {
  const { api, server, store, dialog } = await revoked()
  const sent = api.post('/orders', { text: 'half-filled' }, { headers: { 'x-token': '1' } })
  await dialog.opened
  await store.login({ user: 'ada' })
  await sent
  const [refused, replayed] = server.seen.filter(({ path }) => path === '/orders')
  expect(replayed?.body).toEqual(refused?.body)
  expect(replayed?.headers).toEqual({
    ...refused?.headers,
    authorization: `Bearer ${store.token}`,
  })
})

test('getAccessToken() waits as well', async () => {
  const { api, store, dialog } = await revoked()
  const request = api.get('/orders/1')
  await dialog.opened
  const token = store.getAccessToken()
  await store.login({ user: 'ada' })
  expect(await token).toBe(store.token)
  await request
})

test('a wrong password leaves the dialog open, and the requests waiting', async () => {
  const { api, store, dialog } = await revoked()
  const request = api.get('/orders/1')
  await dialog.opened
  expect(axios.isAxiosError(await rejection(store.login({ user: 'nobody' })))).toBe(true)
  expect(dialog.shown[0]?.signal.aborted).toBe(false)
  await store.login({ user: 'ada' })
  expect((await request).status).toBe(200)
})

test('34: a cancelled dialog is the end: one event, one redirect, and every waiter rejects', async () => {
  const { api, store, router, dialog, count, events } = await revoked()
  const requests = Array.from({ length: 5 }, () => rejection(api.get('/orders/1')))
  await dialog.opened
  dialog.cancel()
  for (const error of await Promise.all(requests)) {
    expect(isAuthError(error, 'rejected')).toBe(true)
    expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
  }
  await arrival(router, '/login?redirect=/private?draft=1')
  expect(store.status).toBe('expired')
  expect(store.user).toBeNull()
  expect(count('session-ended')).toBe(1)
  expect(events.find(({ type }) => type === 'session-ended')).toMatchObject({ reason: 'rejected' })
  // The ordinary way back.
  await store.login({ user: 'ada' })
  await arrival(router, '/private?draft=1')
  expect((await api.get('/orders/2')).status).toBe(200)
})

test.each([
  ['closes', () => {}],
  [
    'throws',
    () => {
      throw new Error('from the application')
    },
  ],
])('a dialog that %s as its form is sent leaves the decision to the login', async (_how, leave) => {
  const opened = createLatch()
  const closed = createLatch()
  const { api, server, store, router, count } = await revoked({
    reauthenticate: async () => {
      opened.open()
      await closed.opened
      leave()
    },
  })
  const request = api.get('/orders/1')
  await opened.opened
  const release = server.hold('/auth/login')
  closed.open()
  const login = store.login({ user: 'ada' })
  await server.sees('/auth/login', 2)
  release()
  await login
  expect((await request).status).toBe(200)
  expect([count('session-ended'), count('session-resumed')]).toEqual([0, 1])
  expect(router.currentRoute.value.fullPath).toBe('/private?draft=1')
})

test('34: a dialog that closes as its form is sent is the end where the login fails', async () => {
  const { api, server, store, router, dialog, count } = await revoked()
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  const release = server.hold('/auth/login')
  const login = rejection(store.login({ user: 'nobody' }))
  await server.sees('/auth/login', 2)
  dialog.cancel()
  release()
  await login
  expect(isAuthError(await request, 'rejected')).toBe(true)
  await arrival(router, '/login?redirect=/private?draft=1')
  expect(count('session-ended')).toBe(1)
})

test('16: a login that is never answered keeps no request waiting beyond the time to sign in', async () => {
  const clock = driveClock()
  const { api, server, store, dialog } = await revoked({ reauthenticateTimeout: 60_000 })
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  server.hold('/auth/login')
  store.login({ user: 'ada' }).catch(() => {})
  await server.sees('/auth/login', 2)
  dialog.cancel()
  await clock.advance(60_000)
  expect(isAuthError(await request, 'rejected')).toBe(true)
  expect(store.status).toBe('expired')
})

test('what the callback throws counts as cancelled', async () => {
  const { api, router } = await revoked({
    reauthenticate: () => {
      throw new Error('from the application')
    },
  })
  expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
  await arrival(router, '/login?redirect=/private?draft=1')
})

test('12: another user is not let in, and gets nothing of what waited', async () => {
  const { api, server, store, router, dialog, count } = await revoked()
  const request = rejection(api.post('/orders', {}))
  await dialog.opened
  expect(isAuthError(await rejection(store.login({ user: 'ben' })), 'superseded')).toBe(true)
  expect(isAuthError(await request, 'superseded')).toBe(true)
  await arrival(router, '/login?redirect=/private?draft=1')
  expect(store.status).toBe('anonymous')
  expect(store.user).toBeNull()
  expect(store.token).toBeNull()
  expect(dialog.shown[0]?.signal.aborted).toBe(true)
  expect(server.countOf('/orders')).toBe(1)
  expect(count('session-ended')).toBe(1)
  // The server is told.
  await server.sees('/auth/logout')
})

test.each<[string, AuthOptions['isSameUser']]>([
  ['cannot be fetched', undefined],
  [
    'cannot be compared',
    () => {
      throw new Error('from the application')
    },
  ],
])('a user who %s is somebody else', async (_what, isSameUser) => {
  const { api, server, store, dialog } = await revoked(isSameUser ? { isSameUser } : {})
  if (isSameUser) expectError('isSameUser threw')
  else server.route('/me', (_request, response) => response.writeHead(500).end())
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  expect(isAuthError(await rejection(store.login({ user: 'ada' })), 'superseded')).toBe(true)
  expect(isAuthError(await request, 'superseded')).toBe(true)
})

test('18: logout settles what is held at once, and closes the dialog', async () => {
  const { api, store, router, dialog } = await revoked()
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  await store.logout()
  expect(isAuthError(await request, 'signed-out')).toBe(true)
  expect(dialog.shown[0]?.signal.aborted).toBe(true)
  expect(store.status).toBe('anonymous')
  await arrival(router, '/login')
})

test('17: a request that is held can be aborted', async () => {
  const { api, server, store, dialog } = await revoked()
  const controller = new AbortController()
  const request = rejection(api.get('/orders/1', { signal: controller.signal }))
  await dialog.opened
  controller.abort()
  expect(axios.isCancel(await request)).toBe(true)
  await store.login({ user: 'ada' })
  expect(server.countOf('/orders/1')).toBe(1)
})

test('who takes too long is taken to the login page', async () => {
  const clock = driveClock()
  const { api, store, router, dialog } = await revoked({ reauthenticateTimeout: 60_000 })
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  await clock.advance(59_000)
  expect(store.status).toBe('authenticated')
  await clock.advance(1_000)
  expect(isAuthError(await request, 'rejected')).toBe(true)
  await arrival(router, '/login?redirect=/private?draft=1')
  expect(dialog.shown[0]?.signal.aborted).toBe(true)
})

test('nobody is asked in a page that is hidden until it is shown', async () => {
  const { api, store, dialog, count } = await revoked()
  showPage(false)
  const request = api.get('/orders/1')
  await vi.waitFor(() => expect(count('session-lapsed')).toBe(1))
  expect(dialog.reauthenticate).not.toHaveBeenCalled()
  showPage(true)
  await dialog.opened
  await store.login({ user: 'ada' })
  expect((await request).status).toBe(200)
})

test('a session that is refused while the page begins is not asked for: there is nothing to lose', async () => {
  const storage = memoryStorage()
  const { server, dialog, plugin } = await revoked({ storage })
  plugin.dispose()
  const next = createTestApp(
    server,
    {
      storage,
      reauthenticate: dialog.reauthenticate,
      fetchUser: async ({ http }) => (await http.get<User>('/me')).data,
    },
    { adapter: 'http' },
  )
  await next.plugin.ready
  expect(server.refreshes).toBe(1)
  expect(next.store.isAuthenticated).toBe(false)
  expect(dialog.reauthenticate).not.toHaveBeenCalled()
})

test('nobody is asked until a request waits', async () => {
  const { api, store, dialog } = await revoked()
  expect(isAuthError(await rejection(store.refresh()), 'rejected')).toBe(true)
  expect(store.status).toBe('authenticated')
  expect(isAuthError(await rejection(store.refresh()), 'rejected')).toBe(true)
  expect(dialog.reauthenticate).not.toHaveBeenCalled()
  const request = api.get('/orders/1')
  await dialog.opened
  await store.login({ user: 'ada' })
  expect((await request).status).toBe(200)
})

test('it can happen again and again; what waits through two of them is sent once', async () => {
  const { api, server, store, dialog } = await revoked()
  const first = api.get('/orders/1')
  await dialog.opened
  const release = server.hold('/orders/1')
  await store.login({ user: 'ada' })
  await server.sees('/orders/1', 2)
  server.revoke()
  const second = api.get('/orders/2')
  await vi.waitFor(() => expect(dialog.reauthenticate).toHaveBeenCalledTimes(2))
  await store.login({ user: 'ada' })
  release()
  expect((await second).status).toBe(200)
  expect((await first).status).toBe(200)
  expect(server.countOf('/orders/1')).toBe(2)
})

test('12: who signs in while the one before is being looked up is not taken for them', async () => {
  const { api, server, store, dialog } = await revoked()
  const request = rejection(api.post('/orders', {}))
  await dialog.opened
  const release = server.hold('/me')
  const first = rejection(store.login({ user: 'ada' }))
  await server.sees('/me', 2)
  const second = rejection(store.login({ user: 'ben' }))
  await server.sees('/auth/login', 3)
  await server.answers('/auth/login', 3)
  release()
  expect(isAuthError(await first, 'superseded')).toBe(true)
  expect(isAuthError(await second, 'superseded')).toBe(true)
  expect(isAuthError(await request, 'superseded')).toBe(true)
  expect(server.countOf('/orders')).toBe(1)
})

test('another user of another tab who cannot be fetched is not shown as the one before', async () => {
  const storage = memoryStorage()
  const { api, server, store, dialog } = await revoked({ storage })
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  server.route('/me', (_request, response) => response.writeHead(500).end())
  const other = createTestApp(server, { storage }, { adapter: 'http' })
  await other.store.login({ user: 'ben' })
  document.dispatchEvent(new Event('visibilitychange'))
  expect(isAuthError(await request, 'superseded')).toBe(true)
  expect(store.token).toBe(other.store.token)
  expect(store.user).toBeNull()
})

test('12: requests made while it is looked up who has signed in wait for that', async () => {
  const { api, server, store, dialog } = await revoked()
  const held = rejection(api.get('/orders/1'))
  await dialog.opened
  const release = server.hold('/me')
  const login = rejection(store.login({ user: 'ben' }))
  await server.sees('/me', 2)
  const saved = rejection(api.post('/orders', { text: 'of ada' }))
  release()
  expect(isAuthError(await login, 'superseded')).toBe(true)
  expect(isAuthError(await held, 'superseded')).toBe(true)
  expect(isAuthError(await saved, 'superseded')).toBe(true)
  expect(server.countOf('/orders')).toBe(0)
})

test('who is back may be looked up through the very instance that others wait in', async () => {
  let instance: AxiosInstance | undefined
  const { api, store, dialog } = await revoked({
    fetchUser: async ({ http, signal }) => {
      await Promise.resolve()
      return (await (instance ?? http).get<User>('/me', { signal })).data
    },
  })
  const request = api.get('/orders/1')
  await dialog.opened
  instance = api
  await store.login({ user: 'ada' })
  expect((await request).data.user).toBe('ada')
})

test('the time to sign in is counted from when the user is asked, not while the page is hidden', async () => {
  const clock = driveClock()
  const { api, store, dialog, count } = await revoked({ reauthenticateTimeout: 60_000 })
  showPage(false)
  const request = api.get('/orders/1')
  await vi.waitFor(() => expect(count('session-lapsed')).toBe(1))
  await clock.advance(600_000)
  expect(store.status).toBe('authenticated')
  showPage(true)
  await dialog.opened
  await clock.advance(59_000)
  await store.login({ user: 'ada' })
  expect((await request).status).toBe(200)
})

test('12: who has signed in is nobody to the other tabs until it is known that they are the same', async () => {
  const storage = memoryStorage()
  const { api, server, store, dialog, another } = await signedInto({ storage })
  const other = await another()
  server.revoke()
  const requests = [api, other.api].map((one) => rejection(one.get('/orders/1')))
  await dialog.opened
  await vi.waitFor(() => expect(other.count('session-lapsed')).toBe(1))
  const release = server.hold('/me')
  const before = server.countOf('/me')
  const login = rejection(store.login({ user: 'ben' }))
  await server.sees('/me', before + 1)
  document.dispatchEvent(new Event('visibilitychange'))
  await other.store.refresh().catch(() => {})
  expect(other.store.token).toBeNull()
  expect(await storage.read(keyOf(server))).toMatchObject({ isLapsed: true })
  release()
  expect(isAuthError(await login, 'superseded')).toBe(true)
  document.dispatchEvent(new Event('visibilitychange'))
  for (const error of await Promise.all(requests)) expect(isAuthError(error)).toBe(true)
  expect(other.store.status).toBe('anonymous')
  expect(other.count('session-started')).toBe(0)
  await vi.waitFor(async () => expect(await storage.read(keyOf(server))).toBeNull())
})

test('12: a session that is still being judged is not refreshed, and shows nobody its token', async () => {
  const { api, server, store, dialog } = await revoked()
  const request = api.get('/orders/1')
  await dialog.opened
  const release = server.hold('/me')
  const login = store.login({ user: 'ada' })
  await server.sees('/me', 2)
  const token = store.getAccessToken()
  expect(isAuthError(await rejection(store.refresh()), 'unreachable')).toBe(true)
  expect(await Promise.race([token, Promise.resolve(null)])).toBeNull()
  release()
  await login
  expect(await token).toBe(store.token)
  await request
  expect(server.refreshes).toBe(1)
  await store.refresh()
  expect(store.error).toBeNull()
})

test('21: who is back may be looked up with getAccessToken()', async () => {
  let getToken: (() => Promise<string>) | undefined
  const { api, store, dialog } = await revoked({
    fetchUser: async ({ http }) => {
      await getToken?.()
      return (await http.get<User>('/me')).data
    },
  })
  const request = api.get('/orders/1')
  await dialog.opened
  getToken = store.getAccessToken
  await store.login({ user: 'ada' })
  expect((await request).data.user).toBe('ada')
})

test('11: a logout while it is found out who has signed in ends the lapsed session for good', async () => {
  const storage = memoryStorage()
  const { api, server, store, dialog } = await revoked({ storage })
  const request = rejection(api.get('/orders/1'))
  await dialog.opened
  server.hold('/me')
  const login = rejection(store.login({ user: 'ben' }))
  await server.sees('/me', 2)
  await store.logout()
  expect(isAuthError(await request, 'signed-out')).toBe(true)
  expect(isAuthError(await login, 'signed-out')).toBe(true)
  expect(await storage.read(keyOf(server))).toBeNull()
  expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ben')
})

test('a login over one that is still being judged is told as any other: of the lapsed session', async () => {
  const { api, server, store, dialog, events } = await revoked()
  const request = api.get('/orders/1')
  await dialog.opened
  const release = server.hold('/me')
  const first = rejection(store.login({ user: 'ben' }))
  await server.sees('/me', 2)
  const second = store.login({ user: 'ada' })
  await server.answers('/auth/login', 3)
  release()
  expect(isAuthError(await first, 'superseded')).toBe(true)
  await second
  expect((await request).data.user).toBe('ada')
  const told = events.map(({ type }) => type).filter((type) => type.startsWith('session-'))
  expect(told).toEqual(['session-started', 'session-lapsed', 'session-resumed'])
})

test('who signs in while another tab’s session is being judged takes its place at once', async () => {
  const storage = memoryStorage()
  const { api, server, store, dialog, another } = await signedInto({ storage })
  const other = await another()
  server.revoke()
  const requests = [api, other.api].map((one) => one.get('/orders/1'))
  await dialog.opened
  await vi.waitFor(() => expect(other.count('session-lapsed')).toBe(1))
  await other.store.login({ user: 'ada' })
  const release = server.hold('/me')
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.waitUntil(() => store.token === other.store.token)
  const login = store.login({ user: 'ada' })
  await vi.waitUntil(() => store.token !== other.store.token)
  document.dispatchEvent(new Event('visibilitychange'))
  release()
  await login
  expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
  for (const request of requests) expect((await request).data.user).toBe('ada')
})

test.each(['ada', 'ben'])(
  '12: a tab that has missed a lapse and the login of %s after it',
  async (user) => {
    const storage = memoryStorage()
    const { api, server, store, dialog, another } = await signedInto({ storage })
    // This tab hears of nothing, as if it were frozen.
    const frozen = await another()
    server.revoke()
    const release = server.hold('/orders/2')
    const held = frozen.api.post('/orders/2', {}).catch((error: unknown) => error)
    await server.sees('/orders/2')
    const request = api.get('/orders/1').catch(() => {})
    await dialog.opened
    // The first login of a user other than the one asked is turned away.
    await store.login({ user }).catch(() => store.login({ user }))
    await request
    document.dispatchEvent(new Event('visibilitychange'))
    release()
    const answer = await held
    // The request is sent again for the user who made it, and for no other.
    if (user === 'ada') expect(answer).toMatchObject({ status: 200, data: { user } })
    else expect(isAuthError(answer, 'superseded')).toBe(true)
    expect(server.countOf('/orders/2')).toBe(user === 'ada' ? 2 : 1)
    await vi.waitUntil(() => frozen.store.token === store.token)
    expect((await frozen.api.get('/orders/3')).data.user).toBe(user)
    expect(frozen.store.status).toBe('authenticated')
  },
)

test('11: a tab that was frozen while it asked, and has lost its turn to another, ends nothing', async () => {
  const locks = new FakeLocks()
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
  const { api, store, dialog, server } = await revoked()
  const request = api.get('/orders/1')
  await dialog.opened
  await locks
    .tab()
    .request(`vue-auth-refresh/turn:${keyOf(server)}`, { steal: true }, async () => {})
  await new Promise((resolve) => setImmediate(resolve))
  expect(store.status).toBe('authenticated')
  await store.login({ user: 'ada' })
  expect((await request).status).toBe(200)
})

test('the time the user takes is not taken from the refresh that comes after', async () => {
  const clock = driveClock()
  const { api, store, server, dialog } = await revoked()
  const first = api.get('/orders/2')
  await dialog.opened
  const second = api.get('/orders/1')
  await clock.advance(11_000)
  let answers = 0
  server.route('/orders/1', (_request, response) => {
    response.statusCode = answers++ > 0 ? 200 : 401
    response.end('{}')
  })
  await store.login({ user: 'ada' })
  expect((await clock.until(second)).status).toBe(200)
  expect((await first).status).toBe(200)
})

describe('an `attach` that is pending when the session is refused', () => {
  /** An app whose `attach` of a path never settles, or settles once it is told to. */
  async function attaching() {
    const tokens: string[] = []
    const latch = createLatch()
    const pending = createLatch()
    const app = await signedInto({
      attach: (config, token) => {
        config.headers.set('Authorization', `Bearer ${token}`)
        if (config.url !== '/signed') return undefined
        tokens.push(token)
        pending.open()
        return tokens.length > 1 ? undefined : latch.opened
      },
    })
    const first = app.store.token
    const signed = app.api.get<{ user: string }>('/signed')
    await pending.opened
    app.server.revoke()
    const refused = app.api.get('/orders/1')
    await app.dialog.opened
    return { ...app, first, tokens, signed, refused, release: latch.open }
  }

  test.each([
    ['settles while the user is asked', true],
    ['never settles', false],
  ])(
    'is called again with the token of the user who is back, where it %s',
    async (_when, settles) => {
      const { store, server, signed, refused, first, tokens, release, count } = await attaching()
      if (settles) release()
      await store.login({ user: 'ada' })
      expect((await signed).data.user).toBe('ada')
      await refused
      expect(tokens).toEqual([first, store.token])
      expect(server.answersTo('/signed')).toEqual([200])
      expect(count('request-replayed')).toBe(1)
    },
  )

  test('12: takes its request along, where another user signs in', async () => {
    const { store, server, signed, refused } = await attaching()
    const failures = [signed, refused].map(rejection)
    await rejection(store.login({ user: 'grace' }))
    for (const failure of await Promise.all(failures)) {
      expect(isAuthError(failure, 'superseded')).toBe(true)
    }
    expect(server.countOf('/signed')).toBe(0)
  })

  test('has its user asked, where no other request waits', async () => {
    const { api, store, server, dialog } = await signedInto({
      attach: (config, token) => {
        config.headers.set('Authorization', `Bearer ${token}`)
        return config.url === '/signed' && store.token === first ? new Promise(() => {}) : undefined
      },
    })
    const first = store.token
    const signed = api.get('/signed')
    server.revoke()
    await rejection(store.refresh())
    await dialog.opened
    await store.login({ user: 'ada' })
    expect((await signed).status).toBe(200)
  })
})
