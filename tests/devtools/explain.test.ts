import { describe, expect, test } from 'vitest'
import {
  AuthError,
  type AuthErrorCode,
  type AuthEvent,
  type AuthEventDetail,
} from 'vue-auth-refresh'
import { explain } from 'vue-auth-refresh/devtools'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const started: AuthEventDetail = { type: 'session-started', adopted: false }
const refused: AuthEventDetail = { type: 'refresh-failed', failure: 'rejected', retryIn: null }
const ended = (reason: AuthErrorCode, adopted = false): AuthEventDetail => ({
  type: 'session-ended',
  reason,
  adopted,
})
const refreshing = (reason: 'ahead' | 'expired' | 'manual' | 'start'): AuthEventDetail => ({
  type: 'refresh-started',
  reason,
  attempt: 1,
})
const denied: AuthEventDetail = {
  type: 'request-waiting',
  after: 'expired',
  request: 3,
  method: 'GET',
  path: '/orders',
}
const lapsed = (adopted = false): AuthEventDetail => ({ type: 'session-lapsed', adopted })
const resumed: AuthEventDetail = { type: 'session-resumed', adopted: false }
const refreshed: AuthEventDetail = { type: 'refresh-succeeded', adopted: false }

const at = (events: readonly AuthEventDetail[]): AuthEvent[] =>
  events.map((event, index) => ({ ...event, at: index }))

test.each<[answer: string, events: AuthEventDetail[]]>([
  ['No session has ended.', []],
  ['No session has ended.', [{ type: 'restored', authenticated: true }]],
  ['No session was stored when the page was opened.', [{ type: 'restored', authenticated: false }]],
  ['No session has ended.', [{ type: 'restored', authenticated: false }, started]],
  ['The session ended because the user signed out in this tab.', [started, ended('signed-out')]],
  [
    'The session ended because the user signed out in this tab, but the server could not be told.',
    [started, ended('signed-out'), { type: 'logout-failed' }],
  ],
  [
    'The session ended because another tab ended it: its user signed out there, or the server refused the refresh token there.',
    [started, ended('signed-out', true)],
  ],
  [
    'The session ended because the server refused the refresh token, after GET /orders was told that the access token had expired.',
    [started, denied, refreshing('expired'), refused, ended('rejected')],
  ],
  [
    'The session ended because the server refused the refresh token, after a response had said that the access token had expired.',
    [started, refreshing('expired'), refused, ended('rejected')],
  ],
  [
    'The session ended because the server refused the refresh token, when the access token was running out.',
    [
      started,
      denied,
      refreshing('expired'),
      refreshed,
      refreshing('ahead'),
      refused,
      ended('rejected'),
    ],
  ],
  [
    'The session ended because the server refused the refresh token, when the page asked who is signed in.',
    [refreshing('start'), refused, ended('rejected'), { type: 'restored', authenticated: false }],
  ],
  [
    'The session ended because the server refused the refresh token, when the app asked for a new access token.',
    [started, refreshing('manual'), refused, ended('rejected')],
  ],
  [
    'The session ended because GET /orders was told that the access token had expired, and there was no refresh token.',
    [started, denied, ended('rejected')],
  ],
  [
    'The session ended because it was refused without a request to the server.',
    [started, denied, refreshing('expired'), refreshed, ended('rejected')],
  ],
  [
    'The session waits for its user to sign in again, because the server refused the refresh token, when the access token was running out.',
    [started, refreshing('ahead'), refused, lapsed()],
  ],
  [
    'The session waits for its user to sign in again, because the server refused the refresh token in another tab.',
    [started, lapsed(true)],
  ],
  [
    'The session ended because the server refused the refresh token, when the access token was running out, and its user did not sign in again in place.',
    [started, refreshing('ahead'), refused, lapsed(), ended('rejected')],
  ],
  [
    'The session ended because the server refused the refresh token in another tab, and its user did not sign in again in place.',
    [started, lapsed(true), ended('rejected')],
  ],
  [
    'The session ended because another user signed in than the one who was asked.',
    [started, refreshing('ahead'), refused, lapsed(), ended('superseded')],
  ],
  ['No session has ended.', [started, refreshing('ahead'), refused, lapsed(), resumed]],
  [
    'The session ended because another login in this tab took its place.',
    [started, ended('superseded'), started],
  ],
  [
    'The session ended because another login in this tab took its place.',
    [
      started,
      refreshing('ahead'),
      refused,
      ended('rejected'),
      started,
      ended('superseded'),
      started,
    ],
  ],
  [
    'The session ended because a login in another tab took its place.',
    [started, ended('superseded', true), { type: 'session-started', adopted: true }],
  ],
  [
    'The session ended because a refresh was answered for another user, to whom the cookie belongs by now.',
    [started, refreshing('ahead'), refused, ended('superseded')],
  ],
  ['The session ended because of `unauthenticated`.', [started, ended('unauthenticated')]],
])('answers: %s', (answer, events) => {
  expect(explain(at(events))).toBe(answer)
})

test.each([
  ['idle', 'its user had not acted for as long as `idleTimeout`, in any tab'],
  ['expired-age', 'its login was as long ago as `maxAge`'],
] as const)('answers an end by time: %s', (reason, because) => {
  for (const adopted of [false, true]) {
    const events = at([
      { type: 'session-started', adopted: false },
      { type: 'session-ending', reason, endsAt: 1 },
      { type: 'session-ended', reason, adopted },
    ])
    expect(explain(events)).toBe(`The session ended because ${because}.`)
  }
})

describe('from the events of an app', () => {
  test('a revocation is told with the request that met it', async () => {
    const server = await startServer()
    const { api, events } = await signedIn(server)
    server.revoke()
    await rejection(api.get('/orders?page=2'))
    expect(explain(events)).toBe(
      'The session ended because the server refused the refresh token, after GET /orders was told that the access token had expired.',
    )
  })

  test('a session without a refresh token is told as such', async () => {
    const server = await startServer()
    const { api, events, store } = createTestApp(server)
    await store.setSession({ access_token: 'access-ada-9' })
    await rejection(api.get('/orders'))
    expect(explain(events)).toBe(
      'The session ended because GET /orders was told that the access token had expired, and there was no refresh token.',
    )
  })

  test('a user who was asked to sign in again, and did not, is told of that', async () => {
    const server = await startServer()
    const { api, events, store } = await signedIn(server, {
      reauthenticate: async () => {
        throw new AuthError('unauthenticated')
      },
    })
    server.revoke()
    await rejection(api.get('/orders'))
    await expect.poll(() => store.status).toBe('expired')
    expect(explain(events)).toBe(
      'The session ended because the server refused the refresh token, after GET /orders was told that the access token had expired, and its user did not sign in again in place.',
    )
  })
})
