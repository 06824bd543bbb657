// @vitest-environment jsdom
import { Readable } from 'node:stream'
import axios, { type AxiosRequestConfig } from 'axios'
import { describe, expect, test, vi } from 'vitest'
import {
  isAuthError,
  memoryStorage,
  type AuthOptions,
  type ReauthenticateContext,
} from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { opaqueToken, subjectToken, type AuthServer } from '../fixtures/auth-server'
import { createLatch } from '../../src/utils/waiting'
import { driveClock } from '../support/clock'
import { FakeLocks } from '../support/fake-locks'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { shells } from '../support/shells'
import { createTestApp, keyOf, rejection, signedIn, startServer } from '../support/test-app'

useSingleTab()

const stepUp = { acrValues: ['mfa'], maxAge: 300 }

/** The app's dialog: closed when it is told, or when the user cancels. */
function createDialog() {
  const shown: ReauthenticateContext[] = []
  const waiting: (() => void)[] = []
  let close = (): void => {}
  return {
    shown,
    /** Resolves once it was opened that often. */
    async opened(times = 1): Promise<void> {
      while (shown.length < times) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    cancel: () => close(),
    reauthenticate(context: ReauthenticateContext) {
      shown.push(context)
      for (const resolve of waiting.splice(0)) resolve()
      return new Promise<void>((resolve) => {
        close = resolve
        context.signal.addEventListener('abort', () => resolve())
      })
    },
  }
}

/** Ada, signed in the ordinary way. The server wants more for `/stepped-up/mfa`. */
async function signedInto(given: Partial<AuthOptions> = {}, tokenOf = opaqueToken) {
  showPage(true)
  const server = await startServer()
  server.accessTokenOf = tokenOf
  const dialog = createDialog()
  const options: Partial<AuthOptions> = {
    reauthenticate: dialog.reauthenticate,
    fetchUser: async ({ http }) => (await http.get<{ name: string }>('/me')).data,
    isSameUser: (before, after) => (before as Named).name === (after as Named).name,
    ...given,
  }
  const app = await signedIn(server, options, { adapter: 'http' })
  const token = app.store.token!
  /** Resolves once that many requests wait. */
  const waits = (times: number): Promise<void> =>
    vi.waitFor(() => expect(app.count('request-waiting')).toBe(times), 20_000)
  return { ...app, server, dialog, options, token, waits }
}

interface Named {
  readonly name: string
}

const secret = '/stepped-up/mfa'
const mfa = { user: 'ada', acr: 'mfa' }

describe('a request that needs another login (RFC 9470)', () => {
  test.each(shells)(
    '25: waits while its user is asked in place, and is sent again once (%s)',
    async (_shell, through) => {
      const { api, server, store, dialog, token, events, count } = through(await signedInto())
      const transfer = api.post(secret, { amount: 100 })
      await dialog.opened()
      expect(dialog.shown).toMatchObject([{ user: { name: 'ada' }, stepUp }])
      // The session goes on: nothing is refreshed, and other requests are sent.
      expect([store.token, store.status, store.error]).toEqual([token, 'authenticated', null])
      expect((await api.get('/orders/1')).data.user).toBe('ada')

      await store.login(mfa)
      const { data } = await transfer
      expect(Buffer.from(data.body, 'base64').toString()).toBe('{"amount":100}')
      expect(server.answersTo(secret)).toEqual([401, 200])
      expect(dialog.shown[0]?.signal.aborted).toBe(true)
      expect(dialog.shown).toHaveLength(1)
      expect(server.refreshes).toBe(0)
      expect(count('session-ended')).toBe(0)
      const told = events.map(({ type }) => type).filter((type) => type.startsWith('session-'))
      expect(told).toEqual(['session-started', 'session-resumed'])
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'request-waiting', after: 'step-up', path: secret }),
      )
    },
  )

  test('is sent again with what a step-up endpoint answers, by setSession()', async () => {
    const { api, server, store, dialog } = await signedInto()
    const refreshToken = store.refreshToken
    const transfer = api.get(secret)
    await dialog.opened()
    const { data } = await axios.post(`${server.origin}/auth/login`, mfa)
    await store.setSession({ access_token: data.access_token })
    expect((await transfer).status).toBe(200)
    // RFC 6749 §6: without another refresh token, the one before stays.
    expect(store.refreshToken).toBe(refreshToken)
  })

  test('shares one asking with all that need the same', async () => {
    const { api, server, store, dialog, waits } = await signedInto()
    const transfers = Array.from({ length: 20 }, (_, index) => api.post(secret, { index }))
    await waits(20)
    await dialog.opened()
    // One that is refused while the dialog is open waits as well.
    const late = api.get(secret)
    await waits(21)
    await store.login(mfa)
    for (const { status } of await Promise.all([...transfers, late])) expect(status).toBe(200)
    expect(dialog.shown).toHaveLength(1)
    expect(server.countOf(secret)).toBe(42)
  })

  test('is sent again without an asking where its user has stepped up meanwhile', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    const release = server.hold(secret)
    const late = api.get(secret)
    await server.sees(secret, 2)
    await store.login(mfa)
    release()
    expect((await Promise.all([transfer, late])).map(({ status }) => status)).toEqual([200, 200])
    expect(dialog.shown).toHaveLength(1)
  })

  test('asks apart from those that need something else, one after the other', async () => {
    Object.defineProperty(navigator, 'locks', { value: new FakeLocks(), configurable: true })
    const { api, store, dialog, waits } = await signedInto()
    const transfers = ['mfa', 'pin'].map((acr) => api.get(`/stepped-up/${acr}`))
    await waits(2)
    for (const times of [1, 2]) {
      await dialog.opened(times)
      expect(dialog.shown).toHaveLength(times)
      await store.login({ user: 'ada', acr: dialog.shown[times - 1]?.stepUp?.acrValues[0] })
    }
    for (const { status } of await Promise.all(transfers)) expect(status).toBe(200)
    const asked = dialog.shown.map(({ stepUp: one }) => one?.acrValues)
    expect(new Set(asked.flat())).toEqual(new Set(['mfa', 'pin']))
  })

  test('25: gets the second 401 where the step-up was not enough: nothing loops', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    await store.login({ user: 'ada' })
    expect(await transfer).toMatchObject({ response: { status: 401 } })
    expect(isAuthError(await transfer)).toBe(false)
    expect(server.answersTo(secret)).toEqual([401, 401])
    expect(dialog.shown).toHaveLength(1)
    expect(store.status).toBe('authenticated')
  })

  test('25: is not held after a replay: it is sent twice at most', async () => {
    const { api, server, dialog } = await signedInto()
    server.expireAccessTokens()
    expect(await rejection(api.get(secret))).toMatchObject({ response: { status: 401 } })
    expect(server.answersTo(secret)).toEqual([401, 401])
    expect(dialog.shown).toEqual([])
  })

  test('gets its 401 with the reason where the dialog is closed, and the session goes on', async () => {
    const { api, store, dialog, token, count, waits } = await signedInto()
    const transfers = [1, 2].map(() => rejection(api.get(secret)))
    await Promise.all([waits(2), dialog.opened()])
    dialog.cancel()
    for (const error of await Promise.all(transfers)) {
      expect(isAuthError(error, 'rejected')).toBe(true)
      expect(error).toMatchObject({ response: { status: 401 } })
    }
    expect([store.token, store.status, count('session-ended')]).toEqual([token, 'authenticated', 0])
    // The next one asks again.
    const next = api.get(secret)
    await dialog.opened(2)
    await store.login(mfa)
    expect((await next).status).toBe(200)
  })

  test('gets its 401 when the time to step up is up', async () => {
    const clock = driveClock()
    const { api, store, dialog } = await signedInto({ reauthenticateTimeout: 60_000 })
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    await clock.advance(60_000)
    expect(isAuthError(await transfer, 'rejected')).toBe(true)
    expect(dialog.shown[0]?.signal.aborted).toBe(true)
    expect(store.status).toBe('authenticated')
  })

  test('a failed login leaves the dialog open', async () => {
    const { api, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    await rejection(store.login({ user: 'nobody' }))
    expect(dialog.shown[0]?.signal.aborted).toBe(false)
    await store.login(mfa)
    expect((await transfer).status).toBe(200)
  })

  test('a dialog that closes before its login is judged leaves the decision to the login', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    const release = server.hold('/me')
    const seen = server.countOf('/me')
    const login = store.login(mfa)
    await server.sees('/me', seen + 1)
    dialog.cancel()
    release()
    await login
    expect((await transfer).status).toBe(200)
  })

  describe('whose dialog closes while its login is on its way to the server', () => {
    /** A login that the server has not answered yet, and what has it answered. */
    async function inFlight(
      given: Partial<AuthOptions> = {},
      credentials: object = mfa,
      tokenOf = opaqueToken,
    ) {
      const app = await signedInto(given, tokenOf)
      const transfer = app.api.post(secret, { amount: 100 })
      transfer.catch(() => {})
      await app.dialog.opened()
      const release = app.server.hold('/auth/login')
      const login = app.store.login(credentials)
      login.catch(() => {})
      await app.server.sees('/auth/login', 2)
      return { ...app, transfer, login, release }
    }
    const sessionsOf = (events: readonly { readonly type: string }[]): string[] =>
      events.map(({ type }) => type).filter((type) => type.startsWith('session-'))

    test('leaves the decision to the login', async () => {
      const { dialog, transfer, login, release, events } = await inFlight()
      dialog.cancel()
      release()
      await login
      expect((await transfer).status).toBe(200)
      expect(sessionsOf(events)).toEqual(['session-started', 'session-resumed'])
    })

    test('leaves it to the later of two logins', async () => {
      const { dialog, transfer, login, release, server, store } = await inFlight()
      dialog.cancel()
      const later = store.login({ ...mfa, code: 123_456 })
      await server.sees('/auth/login', 3)
      expect(isAuthError(await rejection(login), 'superseded')).toBe(true)
      release()
      await later
      expect((await transfer).status).toBe(200)
    })

    test('gets its 401 once the login fails, and the session goes on', async () => {
      const { dialog, transfer, login, release, store, token } = await inFlight(
        {},
        { user: 'nobody' },
      )
      dialog.cancel()
      release()
      await rejection(login)
      expect(isAuthError(await rejection(transfer), 'rejected')).toBe(true)
      expect([store.token, store.status]).toEqual([token, 'authenticated'])
    })

    test.each([
      ['isSameUser', opaqueToken, {}],
      ['the JWTs', subjectToken, { isSameUser: undefined as never }],
    ])(
      '16, 13: waits no longer than its time, and the late login still steps the session up, by %s',
      async (_by, tokenOf, options) => {
        const clock = driveClock()
        const given = { reauthenticateTimeout: 60_000, ...options }
        const { transfer, login, release, store, events, api, dialog } = await inFlight(
          given,
          mfa,
          tokenOf,
        )
        await clock.advance(60_000)
        expect(isAuthError(await rejection(transfer), 'rejected')).toBe(true)
        expect(dialog.shown[0]?.signal.aborted).toBe(true)
        const order = api.get('/orders/1')
        release()
        await login
        expect((await order).data.user).toBe('ada')
        expect(sessionsOf(events)).toEqual(['session-started', 'session-resumed'])
        expect((await api.get(secret)).status).toBe(200)
        expect([dialog.shown.length, store.user]).toEqual([1, { name: 'ada' }])
      },
    )

    test('12: refuses another user also after its time', async () => {
      const clock = driveClock()
      const options = { reauthenticateTimeout: 60_000 }
      const { transfer, login, release, store, token, server } = await inFlight(options, {
        user: 'ben',
        acr: 'mfa',
      })
      await clock.advance(60_000)
      await rejection(transfer)
      release()
      expect(isAuthError(await rejection(login), 'superseded')).toBe(true)
      expect([store.token, store.user]).toEqual([token, { name: 'ada' }])
      await server.sees('/auth/logout')
      expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ben')
    })

    test.each([
      ['resumes', false],
      ['is over with a logout, of which the server is told once, and', true],
    ])('%s a session that was refused meanwhile', async (_what, leaves) => {
      const { api, transfer, login, release, store, server, dialog, count } = await inFlight()
      server.faults.push({ kind: 'answer', status: 401 })
      expect(isAuthError(await rejection(store.refresh()), 'rejected')).toBe(true)
      const order = api.get('/orders/1')
      order.catch(() => {})
      await dialog.opened(2)
      const answer = server.hold('/me')
      const seen = server.countOf('/me')
      release()
      await server.sees('/me', seen + 1)
      if (leaves) {
        await store.logout()
        expect(isAuthError(await rejection(login), 'signed-out')).toBe(true)
        expect(server.countOf('/auth/logout')).toBe(1)
      } else {
        answer()
        await login
        expect((await order).data.user).toBe('ada')
        expect((await transfer).status).toBe(200)
        expect(count('session-resumed')).toBe(1)
      }
    })
  })

  test('a login that was called before the dialog opened is no step-up', async () => {
    const { api, server, store, dialog, count } = await signedInto()
    const release = server.hold('/auth/login')
    const login = store.login({ user: 'ben' })
    await server.sees('/auth/login', 2)
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    release()
    await login
    expect(isAuthError(await transfer, 'superseded')).toBe(true)
    expect([store.user, count('session-started')]).toEqual([{ name: 'ben' }, 2])
  })

  test.each<[string, AxiosRequestConfig]>([
    ['has a body that is read only once', { data: Readable.from(['100']) }],
    ['says skipAuthRefresh', { skipAuthRefresh: true }],
  ])('is the caller’s answer where it %s', async (_what, config) => {
    const { api, server, dialog } = await signedInto()
    const error = await rejection(api.request({ url: secret, method: 'post', ...config }))
    expect(error).toMatchObject({ response: { status: 401 } })
    expect(server.countOf(secret)).toBe(1)
    expect(dialog.shown).toEqual([])
  })

  test('asks also where `isExpired` takes every 401 for an expiry: a refresh would not help', async () => {
    const { api, server, store, dialog } = await signedInto({
      isExpired: ({ status }) => status === 401,
    })
    const transfer = api.get(secret)
    await dialog.opened()
    await store.login(mfa)
    expect((await transfer).status).toBe(200)
    expect(server.refreshes).toBe(0)
  })
})

describe('where no user can be asked, a challenge is the answer whatever `isExpired` says', () => {
  const isExpired = ({ status }: { readonly status: number }) => status === 401
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa"'
  const refuse: Parameters<AuthServer['route']>[1] = (_request, response) =>
    response.writeHead(401, { 'www-authenticate': challenge }).end('{}')

  test.each(shells)('33: nothing is refreshed without a dialog (%s)', async (name, through) => {
    const server = await startServer()
    const given = await signedIn(server, { isExpired }, { adapter: 'http' })
    const { api, store, token } = { ...through(given), token: given.store.token }
    if (name !== 'axios') {
      const authFetch = createAuthFetch(given.plugin, { isExpired })
      expect((await authFetch(server.origin + secret)).status).toBe(401)
    }
    const error = await rejection(api.get(secret))
    expect(error).toMatchObject({ response: { status: 401 } })
    expect(isAuthError(error)).toBe(false)
    expect([server.refreshes, store.token]).toEqual([0, token])
  })

  test('nor for a body that is read only once, a second send, or `skipAuthRefresh`', async () => {
    const { api, server, dialog } = await signedInto({ isExpired })
    await rejection(api.post(secret, Readable.from(['100'])))
    await rejection(api.get(secret, { skipAuthRefresh: true }))
    expect(server.refreshes).toBe(0)
    server.expireAccessTokens()
    await rejection(api.get(secret))
    expect([server.refreshes, dialog.shown.length]).toEqual([1, 0])
    // The second answer says nothing against the new token: it is refreshed once it has expired.
    server.expireAccessTokens()
    await rejection(api.get(secret))
    expect(server.refreshes).toBe(2)
  })

  test('nor for the request of a `logout`', async () => {
    const server = await startServer()
    server.route('/session', refuse)
    const { store, count } = await signedIn(server, {
      isExpired,
      logout: (_tokens, { http }) => http.delete('/session'),
    })
    await store.logout()
    expect([server.refreshes, count('logout-failed')]).toEqual([0, 1])
  })
})

describe('12: another user', () => {
  test.each<[string, Partial<AuthOptions>]>([
    ['by isSameUser', {}],
    ['by opaque tokens, without isSameUser', { isSameUser: undefined as never }],
  ])('is refused (%s): the request gets its 401, the session goes on', async (_by, options) => {
    const { api, server, store, dialog, token, count } = await signedInto(options)
    const transfer = rejection(api.post(secret, {}))
    await dialog.opened()
    expect(
      isAuthError(await rejection(store.login({ user: 'ben', acr: 'mfa' })), 'superseded'),
    ).toBe(true)
    expect(isAuthError(await transfer, 'superseded')).toBe(true)
    expect(await transfer).toMatchObject({ response: { status: 401 } })
    expect(server.countOf(secret)).toBe(1)
    expect(store.token).toBe(token)
    expect(store.user).toEqual({ name: 'ada' })
    expect(count('session-ended')).toBe(0)
    // The server is told that the newcomer's session is over, and of no other.
    await server.sees('/auth/logout')
    expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ben')
    expect((await api.get('/orders/1')).data.user).toBe('ada')
  })

  test('who cannot be fetched is another one', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    server.route('/me', (_request, response) => response.writeHead(500).end())
    expect(isAuthError(await rejection(store.login(mfa)), 'superseded')).toBe(true)
    expect(isAuthError(await transfer, 'superseded')).toBe(true)
    expect(store.status).toBe('authenticated')
  })

  test.each([
    ['the same', 'ada', true],
    ['another', 'ben', false],
  ])('by default the JWTs tell: %s', async (_who, user, isSame) => {
    showPage(true)
    const server = await startServer()
    server.accessTokenOf = subjectToken
    const dialog = createDialog()
    const { reauthenticate } = dialog
    const { api, store } = await signedIn(server, { reauthenticate }, { adapter: 'http' })
    const transfer = api.get(secret).then(
      () => true,
      () => false,
    )
    await dialog.opened()
    await store.login({ user, acr: 'mfa' }).catch(() => {})
    expect(await transfer).toBe(isSame)
  })
})

describe('the session meanwhile', () => {
  test('18: a logout settles what waits, and closes the dialog', async () => {
    const { api, store, dialog } = await signedInto()
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    await store.logout()
    expect(isAuthError(await transfer, 'signed-out')).toBe(true)
    expect(dialog.shown[0]?.signal.aborted).toBe(true)
    expect(store.status).toBe('anonymous')
  })

  test('11: a logout while the login is judged ends the session for good', async () => {
    const storage = memoryStorage()
    const { api, server, store, dialog } = await signedInto({ storage })
    const transfer = rejection(api.get(secret))
    await dialog.opened()
    server.hold('/me')
    const seen = server.countOf('/me')
    const login = rejection(store.login(mfa))
    await server.sees('/me', seen + 1)
    await store.logout()
    expect(isAuthError(await login, 'signed-out')).toBe(true)
    expect(isAuthError(await transfer, 'signed-out')).toBe(true)
    expect(await storage.read(keyOf(server))).toBeNull()
    // Both sessions are ended at the server.
    await server.sees('/auth/logout', 2)
    expect(store.status).toBe('anonymous')
  })

  test('13: of two logins at once the later counts', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    const release = server.hold('/me')
    const seen = server.countOf('/me')
    const first = rejection(store.login({ user: 'ben', acr: 'mfa' }))
    await server.sees('/me', seen + 1)
    const second = store.login(mfa)
    release()
    expect(isAuthError(await first, 'superseded')).toBe(true)
    await second
    expect((await transfer).data.user).toBe('ada')
    expect(store.user).toEqual({ name: 'ada' })
  })

  test('17: a request that waits can be aborted', async () => {
    const { api, server, store, dialog } = await signedInto()
    const controller = new AbortController()
    const transfer = rejection(api.get(secret, { signal: controller.signal }))
    await dialog.opened()
    controller.abort()
    expect(axios.isCancel(await transfer)).toBe(true)
    await store.login(mfa)
    expect(server.countOf(secret)).toBe(1)
  })

  test('where it is refused, what waits goes on with the login that resumes it', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    server.revoke()
    const order = api.get('/orders/1')
    await dialog.opened(2)
    expect(dialog.shown.map(({ stepUp: asked }) => asked)).toEqual([stepUp, null])
    expect(dialog.shown[0]?.signal.aborted).toBe(true)
    await store.login(mfa)
    expect((await order).data.user).toBe('ada')
    expect((await transfer).status).toBe(200)
  })

  test('a request that waits once more after the step-up tells the same reason', async () => {
    const reached = createLatch()
    const gate = createLatch()
    let sends = 0
    const { api, server, store, dialog, events } = await signedInto({
      attach: async (config, token) => {
        config.headers.set('Authorization', `Bearer ${token}`)
        if (config.url !== secret || ++sends !== 2) return
        reached.open()
        await gate.opened
      },
    })
    const transfer = api.get(secret)
    await dialog.opened()
    await store.login(mfa)
    await reached.opened
    server.faults.push({ kind: 'answer', status: 401 })
    await rejection(store.refresh())
    await dialog.opened(2)
    gate.open()
    await store.login(mfa)
    expect((await transfer).status).toBe(200)
    const waits = events.flatMap((event) => (event.type === 'request-waiting' ? [event.after] : []))
    expect(waits).toEqual(['step-up', 'step-up'])
  })

  test('2: a refresh that is answered after the step-up does not replace its tokens', async () => {
    const storage = memoryStorage()
    const { api, server, store, dialog } = await signedInto({ storage })
    const transfer = api.get(secret)
    await dialog.opened()
    const release = server.hold('/auth/refresh')
    const refresh = store.refresh()
    await server.sees('/auth/refresh')
    await store.login(mfa)
    const stepped = store.token
    release()
    expect(await refresh).toBe(stepped)
    expect((await transfer).status).toBe(200)
    expect(store.token).toBe(stepped)
    expect(await storage.read(keyOf(server))).toMatchObject({ token: stepped })
    // A later refresh keeps what the user has proved.
    await store.refresh()
    expect((await api.get(secret)).status).toBe(200)
    expect(dialog.shown).toHaveLength(1)
  })

  test.each([
    ['isSameUser', opaqueToken, {}],
    ['the JWTs', subjectToken, { isSameUser: undefined as never }],
  ])(
    'its user is fetched once, with the answer of the login, and shown (compared by %s)',
    async (_by, tokenOf, options) => {
      showPage(true)
      const server = await startServer()
      server.accessTokenOf = tokenOf
      const dialog = createDialog()
      const { reauthenticate } = dialog
      let age = 30
      const fetchUser = vi.fn<NonNullable<AuthOptions['fetchUser']>>(async ({ http }) => ({
        ...(await http.get<Named>('/me')).data,
        age: age++,
      }))
      const isSameUser: AuthOptions['isSameUser'] = (before, after) =>
        (before as Named).name === (after as Named).name
      const given = { reauthenticate, fetchUser, isSameUser, ...options }
      const { api, store } = await signedIn(server, given, { adapter: 'http' })
      const transfer = api.get(secret)
      await dialog.opened()
      expect(fetchUser).toHaveBeenCalledTimes(1)
      await store.login(mfa)
      await transfer
      expect(fetchUser).toHaveBeenCalledTimes(2)
      const { tokenResponse } = fetchUser.mock.lastCall![0]
      expect(tokenResponse).toMatchObject({ access_token: store.token })
      expect(store.user).toEqual({ name: 'ada', age: 31 })
      await store.reloadUser()
      expect(fetchUser.mock.lastCall![0].tokenResponse).toBeNull()
    },
  )

  test('its user counts also where an earlier fetching is answered later', async () => {
    const { api, server, store, dialog } = await signedInto()
    const transfer = api.get(secret)
    await dialog.opened()
    const names = ['late', 'ada']
    const answers: (() => void)[] = []
    server.route('/me', (_request, response) => {
      const name = names.shift()
      answers.push(() =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ name })),
      )
      if (name === 'ada') answers.pop()?.()
    })
    const seen = server.countOf('/me')
    const reload = store.reloadUser()
    await server.sees('/me', seen + 1)
    await store.login(mfa)
    await transfer
    answers[0]?.()
    await reload
    expect(store.user).toEqual({ name: 'ada' })
  })
})

test('another tab goes on with the tokens of the step-up, and its request is served, too', async () => {
  const storage = memoryStorage()
  const { api, server, store, dialog, options } = await signedInto({ storage })
  const other = createTestApp(server, options, { adapter: 'http' })
  await other.plugin.ready
  const transfers = [api.get(secret)]
  await dialog.opened()
  transfers.push(other.api.get(secret))
  await server.answers(secret, 2)
  await store.login(mfa)
  document.dispatchEvent(new Event('visibilitychange'))
  for (const { status } of await Promise.all(transfers)) expect(status).toBe(200)
  expect(other.store.token).toBe(store.token)
  expect(other.count('session-ended')).toBe(0)
  expect(other.count('refresh-succeeded')).toBe(1)
})

test('without `reauthenticate` it is the answer of its caller', async () => {
  const { api, server, store } = await signedInto({ reauthenticate: undefined as never })
  expect(await rejection(api.get(secret))).toMatchObject({ response: { status: 401 } })
  expect([server.countOf(secret), server.refreshes]).toEqual([1, 0])
  expect(store.status).toBe('authenticated')
})
