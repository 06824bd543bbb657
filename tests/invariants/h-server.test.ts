import { setImmediate } from 'node:timers/promises'
import axios, { type AxiosError } from 'axios'
import { describe, expect, test } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { startRenderingServer } from '../support/rendering-server'
import { expectWarning } from '../setup/console'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

/** Numbers that are as good as random, and the same in each run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Answers orders after a time that differs from request to request, so that renderings overtake each other. */
function answerInAnyOrder(server: AuthServer): void {
  const roll = createDice(46)
  server.route('/slow/orders', ({ headers, method }, response) => {
    const answer = async (): Promise<void> => {
      for (let turns = roll(20); turns > 0; turns--) await setImmediate()
      const user = server.userOf(headers.authorization)
      response.writeHead(user ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ user, method }))
    }
    void answer()
  })
}

const byName = (one: string, other: string): number => one.localeCompare(other)

async function tokenOf(server: AuthServer, user: string): Promise<string> {
  const response = await fetch(`${server.origin}/auth/login`, {
    method: 'POST',
    body: JSON.stringify({ user }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

test('46: of 200 renderings at once, each shows its own user and sends for that user alone', async () => {
  const server = await startServer()
  answerInAnyOrder(server)
  const pages = await startRenderingServer(server)
  const users = Array.from({ length: 20 }, (_, index) => `user${index}`)
  const tokens = new Map<string, string>()
  for (const user of users) tokens.set(user, await tokenOf(server, user))
  server.seen.length = 0

  const renderings = Array.from({ length: 200 }, async (_, index) => {
    const user = users[index % users.length]!
    const headers = { cookie: `token=${tokens.get(user)}` }
    const html = await (await fetch(`${pages}/orders`, { headers })).text()
    return { user, html }
  })

  for (const { user, html } of await Promise.all(renderings)) {
    expect(html).toContain(`authenticated: ${user}, ${user}`)
    expect(html).not.toMatch(/access-|refresh-/)
  }
  // Counted at the API by the token, whatever the pages show.
  for (const user of users) {
    const sent = server.seen.filter(
      ({ path, headers }) =>
        path === '/slow/orders' && server.userOf(headers.authorization) === user,
    )
    expect(sent.map(({ method }) => method).toSorted(byName), user).toEqual([
      ...Array<string>(10).fill('GET'),
      ...Array<string>(10).fill('POST'),
    ])
  }
  expect(server.refreshes).toBe(0)
})
test('46: a visitor beside them sends without a token, and gets the page undecided', async () => {
  const server = await startServer()
  answerInAnyOrder(server)
  const pages = await startRenderingServer(server)
  const token = await tokenOf(server, 'ada')
  const [visitor, ada] = await Promise.all(
    [{}, { cookie: `token=${token}` }].map(async (headers) =>
      (await fetch(`${pages}/orders`, { headers })).text(),
    ),
  )
  expect(ada).toContain('authenticated: ada, ada')
  expect(visitor).not.toContain('Please sign in.')
  expect(visitor).toContain('anonymous: nobody, nobody')
})

test('46: a token that died is no reason to render as somebody else, or to fail', async () => {
  const server = await startServer()
  answerInAnyOrder(server)
  const pages = await startRenderingServer(server)
  const token = await tokenOf(server, 'ada')
  server.expireAccessTokens()
  const headers = { cookie: `token=${token}` }
  const response = await fetch(`${pages}/orders`, { headers })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('nobody, nobody')
})

describe('46: an instance that serves one rendering after another', () => {
  /** Two renderings that share an instance; the first one is over. */
  async function createRenderings() {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    const first = await signedIn(server, { axios: api })
    server.route('/flaky', (_request, response) => response.writeHead(503).end())
    const failed = (await rejection(api.get('/flaky'))) as AxiosError
    first.plugin.dispose()
    expectWarning('A late request of the earlier one would be sent as the user of the later.')
    const second = createTestApp(server, { axios: api })
    await second.store.login({ user: 'grace' })
    return { server, api, failed }
  }

  test('is warned of, and a call of the first is not sent again as the second', async () => {
    const { server, api, failed } = await createRenderings()
    expect(isAuthError(await rejection(api.request(failed.config!)), 'signed-out')).toBe(true)
    expect(server.countOf('/flaky')).toBe(1)
  })
})
