// @vitest-environment jsdom
import axios from 'axios'
import { afterEach, describe, expect, test } from 'vitest'
import { webStorage } from 'vue-auth-refresh'
import { signIn, type SignInOptions } from 'vue-auth-refresh/testing'
import { expectWarning } from '../setup/console'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp } from '../support/test-app'

useSingleTab()

afterEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

const tokens = { access_token: 'secret-a', refresh_token: 'secret-r', expires_in: 60 }

/** Starts an app in the window that `signIn()` has prepared. */
async function start(told: SignInOptions, { baseURL = '', name = 'auth' }) {
  await signIn(window, tokens, { storage: 'localStorage', ...told })
  const storage = webStorage()
  const app = createTestApp({ origin: '' }, { axios: axios.create({ baseURL }), storage, name })
  await app.plugin.ready
  return app.store
}

describe('an app that is for another API than `signIn()` was told', () => {
  test.each<[SignInOptions, string, string, string]>([
    [{}, '/api', 'auth', 'auth@http://localhost:3000/api'],
    [{ baseURL: '/api' }, '', 'auth@http://localhost:3000/api', 'auth'],
    [
      { baseURL: '/api' },
      'http://localhost:3000/v2',
      'auth@http://localhost:3000/api',
      'auth@http://localhost:3000/v2',
    ],
    [{ api: 'orders' }, '/api', 'auth@orders', 'auth@http://localhost:3000/api'],
    [{ baseURL: 'https://a:b@example.com/?c' }, '', 'auth@https://example.com', 'auth'],
  ])('says so: %j, and "%s"', async (told, baseURL, stored, used) => {
    expectWarning(
      new RegExp(`^(?!.*secret).*it is for "${stored}", and this app is "${used}"\\.`, 's'),
    )
    const store = await start(told, { baseURL })
    expect(store.status).toBe('anonymous')
  })

  test.each<[SignInOptions, { baseURL?: string; name?: string }, string]>([
    [{ baseURL: '/api/' }, { baseURL: '/api' }, 'authenticated'],
    [{}, {}, 'authenticated'],
    // A session of another name may be another one of the page.
    [{ name: 'auth2' }, {}, 'anonymous'],
    [{ name: 'admin', baseURL: '/api' }, { baseURL: '/api' }, 'anonymous'],
  ])('else says nothing: %j, %j', async (told, options, status) => {
    expect((await start(told, options)).status).toBe(status)
  })
})
