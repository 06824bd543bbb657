// @vitest-environment jsdom
import axios from 'axios'
import { expect, onTestFinished, test, vi } from 'vitest'
import { indexedDbStorage, memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'
import { expectWarning } from '../setup/console'
import { PageChannel } from '../support/jsdom-tab'
import { recordOf } from '../support/storage-contract'
import { createTestApp, optionsFor } from '../support/test-app'

// jsdom with the BroadcastChannel of Node, as an app's own tests have it: no fake, and nothing taken away.

/** An app as a test makes it, and never unmounts. */
function createForgottenApp(options: Partial<AuthOptions> = {}) {
  const server = createFakeAuthServer()
  const api = axios.create({ baseURL: '/api', adapter: server.adapter })
  return createTestApp({ origin: '' }, { ...optionsFor(api), ...options })
}

test('with memoryStorage(), an app of one test does not sign the next test in', async () => {
  const first = createForgottenApp()
  await first.store.login({})
  const second = createForgottenApp()
  await second.plugin.ready
  expect([first.store.status, second.store.status]).toEqual(['authenticated', 'anonymous'])
})

test('nor does it where memory stands in for the storage that jsdom lacks', async () => {
  expectWarning('Storage failed')
  expectWarning('Storage failed')
  const first = createForgottenApp({ storage: indexedDbStorage() })
  await first.store.login({})
  const second = createForgottenApp({ storage: indexedDbStorage() })
  await second.plugin.ready
  expect([first.store.status, second.store.status]).toEqual(['authenticated', 'anonymous'])
})

test('a memory whose channel is not that of a page is alone', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await one.update('key', () => recordOf())
  expect(await two.read('key')).toBeNull()
})

test('the memories of a page with a channel of its own share the session, as those of its apps do', async () => {
  vi.stubGlobal('BroadcastChannel', PageChannel)
  onTestFinished(() => void vi.unstubAllGlobals())
  const [one, two] = [memoryStorage(), memoryStorage()]
  await one.update('shared', () => recordOf())
  expect(await two.read('shared')).toEqual(recordOf())
  for (const memory of [one, two]) memory.close?.()
})
