import { beforeEach, expect, test, vi } from 'vitest'
import { webStorage } from 'vue-auth-refresh'
import { expectWarning } from '../setup/console'
import { createBrowserApp, KEY } from './browser-app'
import { describeStorage } from '../support/storage-contract'

const tokens = { access_token: 'A1', refresh_token: 'R1' }

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

describeStorage('webStorage()', () => webStorage())
describeStorage("webStorage('session')", () => webStorage('session'))

test.each(['local', 'session'] as const)(
  'a session in %sStorage survives a reload',
  async (kind) => {
    const first = createBrowserApp({ storage: webStorage(kind) })
    await first.store.setSession(tokens)
    first.plugin.dispose()

    const second = createBrowserApp({ storage: webStorage(kind) })
    await second.plugin.ready

    expect([second.store.status, second.store.token]).toEqual(['authenticated', 'A1'])
  },
)

test('24: a real quota that is full means memory, with one warning', async () => {
  for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (let count = 0; ; count++) localStorage.setItem(`${size}-${count}`, 'x'.repeat(size))
    } catch {
      // Fills it as far as pieces of this size do.
    }
  }
  expectWarning(/storage failed.*quota/is)
  const { store } = createBrowserApp({ storage: webStorage() })

  await store.setSession(tokens)

  expect([store.status, store.token]).toEqual(['authenticated', 'A1'])
  localStorage.clear()
})

test('55: a spent record does not stay in a quota that is full, and the session is stored again when there is room', async () => {
  const { store } = createBrowserApp({ storage: webStorage() })
  await store.setSession(tokens)
  for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (let count = 0; ; count++) localStorage.setItem(`${size}-${count}`, 'x'.repeat(size))
    } catch {
      // Fills it as far as pieces of this size do.
    }
  }
  expectWarning(/storage failed.*quota/is)
  const longer = 'R'.repeat(2_000)
  await store.updateTokens({ access_token: 'A2', refresh_token: longer })
  expect(store.token).toBe('A2')
  expect(localStorage.getItem(`vue-auth-refresh:${KEY}`)).toBeNull()

  localStorage.clear()
  await store.updateTokens({ access_token: 'A3', refresh_token: longer })
  expect(localStorage.getItem(`vue-auth-refresh:${KEY}`)).toContain('"A3"')
  localStorage.clear()
})

test('24: a frame that may not touch its storage uses memory, with one warning', async () => {
  const access = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('The document is sandboxed.', 'SecurityError')
  })
  expectWarning(/storage failed.*sandboxed/is)
  const { store } = createBrowserApp({ storage: webStorage() })

  await store.setSession(tokens)

  expect(store.status).toBe('authenticated')
  access.mockRestore()
})
