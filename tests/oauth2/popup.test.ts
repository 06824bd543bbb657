// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { oauth2, type OAuth2 } from 'vue-auth-refresh/oauth2'
import axios from 'axios'
import type { AuthServer } from '../fixtures/auth-server'
import { rejection, startServer } from '../support/test-app'

let server: AuthServer
let controller: AbortController
/** The popup that the page opens: closed or not, where it was sent, and what is noted in it. */
let popup: { closed: boolean; page: URL | undefined; noted: string; close(): void }
let hasFocus: boolean

const client = (): OAuth2 =>
  oauth2({
    clientId: 'app',
    tokenEndpoint: `${server.origin}/token`,
    authorizationEndpoint: `${server.origin}/authorize`,
    issuer: server.origin,
  })

/** Asks for a login in a popup, and resolves once that is at the provider. */
async function popUp(provider: OAuth2) {
  popup = { closed: false, page: undefined, noted: '', close: () => (popup.closed = true) }
  const mine = popup
  const opened = Object.assign(mine, {
    location: { replace: (page: URL) => (mine.page = page) },
    sessionStorage: { setItem: (_key: string, value: string) => (mine.noted = value) },
  })
  vi.stubGlobal('open', () => opened)
  const context = { http: axios.create(), signal: controller.signal }
  const outcome = provider.login({ popup: true }, context)
  outcome.catch(() => {})
  // Within the click, or the browser would block it.
  expect(mine.page).toBeUndefined()
  await vi.waitUntil(() => mine.page)
  return { outcome, opened: mine, state: mine.page?.searchParams.get('state') ?? '' }
}

/** Sends an answer as a callback page does. */
function answer(message: unknown): void {
  const channel = new BroadcastChannel('vue-auth-refresh/oauth2')
  channel.postMessage(message)
  channel.close()
}

beforeEach(async () => {
  server = await startServer()
  controller = new AbortController()
  hasFocus = true
  vi.spyOn(document, 'hasFocus').mockImplementation(() => hasFocus)
  // The digests are Node's own buffers, which those of jsdom do not know.
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array())
  vi.stubGlobal('ArrayBuffer', digest.constructor)
  server.route('/token', (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ access_token: 'access', token_type: 'Bearer', expires_in: 60 })),
  )
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a popup', () => {
  test('knows its login, and neither the verifier nor those of other logins', async () => {
    const { noted } = (await popUp(client())).opened
    const keys = (JSON.parse(noted) as object[]).map((one) => Object.keys(one).toSorted())
    expect(keys).toEqual([['begunAt', 'inPopup', 'name', 'state']])
  })

  test('that its user closes before it is at the provider ends the login', async () => {
    // The window of a closed popup has no storage.
    const opened = { closed: false, sessionStorage: null, close: () => {} }
    vi.stubGlobal('open', () => opened)
    const context = { http: axios.create(), signal: controller.signal }
    const outcome = rejection(client().login({ popup: true }, context))
    opened.closed = true
    expect(await outcome).toMatchObject({ code: 'unauthenticated' })
  })

  test('is answered by its own state alone, and once', async () => {
    const { outcome, state, opened } = await popUp(client())
    for (const other of [null, 'text', {}, { state: 'other', answer: 'code=a' }, { state }]) {
      answer(other)
    }
    answer({ state, answer: `code=mine&state=${state}` })
    answer({ state, answer: `code=later&state=${state}` })
    expect(await outcome).toMatchObject({ access_token: 'access' })
    expect(server.seen.map(({ body }) => new URLSearchParams(String(body)).get('code'))).toEqual([
      'mine',
    ])
    expect(opened.closed).toBe(true)
  })

  test('is closed by the page where the login is of no use any more', async () => {
    const { outcome, opened } = await popUp(client())
    controller.abort(new Error('superseded'))
    expect(await rejection(outcome)).toMatchObject({ message: 'superseded' })
    expect(opened.closed).toBe(true)
  })

  test('that looks closed is one that is cut off, until the user is back on the page', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    hasFocus = false
    const { outcome, opened } = await popUp(client())
    opened.closed = true
    const settled = vi.fn<() => void>()
    outcome.catch(settled)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(settled).not.toHaveBeenCalled()
    hasFocus = true
    await vi.advanceTimersByTimeAsync(1_500)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await rejection(outcome)).toMatchObject({ code: 'unauthenticated' })
  })

  test('that stays unanswered is over after 15 minutes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    const { outcome, opened } = await popUp(client())
    await vi.advanceTimersByTimeAsync(901_000)
    expect(await rejection(outcome)).toMatchObject({ code: 'unauthenticated' })
    expect(opened.closed).toBe(true)
  })
})

describe('the callback page in a popup', () => {
  test('whose page is gone has an answer that no login awaits, and sends no code', async () => {
    const provider = client()
    const { opened, outcome, state } = await popUp(provider)
    controller.abort()
    await outcome.catch(() => {})
    sessionStorage.setItem('vue-auth-refresh/oauth2', opened.noted)
    history.replaceState(null, '', `/callback?code=code&state=${state}`)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const taken = rejection(provider.handleCallback({ setSession: async () => {} }))
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(10_000)
      expect(vi.getTimerCount()).toBe(0)
    })
    expect(await taken).toMatchObject({ code: 'unexpected' })
    expect(location.search).toBe('')
    expect(sessionStorage.length).toBe(0)
    expect(server.countOf('/token')).toBe(0)
  })
})

test.each([null, 1, 'yes'])('a wish for a popup is a boolean, not %j', async (popup) => {
  const context = { http: axios.create(), signal: controller.signal }
  const failure = await rejection(client().login({ popup }, context))
  expect(failure).toBeInstanceOf(TypeError)
  expect(String(failure)).toContain('`popup`')
})
