import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { networkOf } from '../../example/server/network.ts'
import { ada, ben, startDemoServer } from './demo-server.ts'

const direct = await startDemoServer()
const proxied = await startDemoServer({ trustedProxies: 1 })
const twice = await startDemoServer({ trustedProxies: 2 })

let window = Date.now()

// The window slides by this clock alone; the servers keep their counts from test to test, so each begins in a new one
beforeEach(() => {
  window += 120_000
  vi.useFakeTimers({ toFake: ['Date'], now: window })
})
afterEach(() => {
  vi.useRealTimers()
})

type Server = typeof direct

const guess = async ({ send }: Server, email: string, from?: string): Promise<number> => {
  const headers = from === undefined ? {} : { 'X-Forwarded-For': from }
  return (await send('/auth/login', { headers, body: { email, password: 'guess' } })).status
}

const signIn = async ({ send }: Server, account = ben): Promise<number> =>
  (await send('/auth/login', { body: account })).status

test('a login of one’s own buys no new guesses at the password of another user', async () => {
  for (let guesses = 0; guesses < 5; guesses += 1) {
    expect(await guess(direct, 'ada@example.com')).toBe(401)
    expect(await signIn(direct)).toBe(200)
  }
  expect(await guess(direct, 'ada@example.com')).toBe(429)
})

test('a login of one’s own buys no new guesses from its network', async () => {
  for (let guesses = 0; guesses < 60; guesses += 1) {
    expect(await guess(direct, `${guesses}@example.com`)).toBe(401)
    if (guesses % 10 === 0) expect(await signIn(direct)).toBe(200)
  }
  expect(await guess(direct, 'ada@example.com')).toBe(429)
  expect(await signIn(direct)).toBe(429)
})

test('the owner of an account who mistypes may still sign in, and signs in as often as they like', async () => {
  for (let attempts = 0; attempts < 4; attempts += 1) await guess(direct, 'ada@example.com')
  for (let logins = 0; logins < 7; logins += 1) expect(await signIn(direct, ada)).toBe(200)
})

test('guesses in parallel count one by one', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => guess(direct, 'ada@example.com')),
  )
  expect(answers.filter((status) => status === 401)).toHaveLength(5)
  expect(answers.filter((status) => status === 429)).toHaveLength(3)
})

test('after a minute guesses are answered again', async () => {
  for (let guesses = 0; guesses < 5; guesses += 1) await guess(direct, 'ada@example.com')
  const refused = await direct.send('/auth/login', { body: ada })
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '60' } })
  vi.setSystemTime(window + 60_001)
  expect(await signIn(direct, ada)).toBe(200)
})

describe('X-Forwarded-For', () => {
  test('is not believed unless a proxy is named', async () => {
    for (let guesses = 0; guesses < 5; guesses += 1) {
      expect(await guess(direct, 'ada@example.com', `203.0.113.${guesses}`)).toBe(401)
    }
    expect(await guess(direct, 'ada@example.com', '203.0.113.99')).toBe(429)
  })

  test('tells the clients behind a proxy apart', async () => {
    for (let guesses = 0; guesses < 5; guesses += 1) {
      await guess(proxied, 'ada@example.com', '203.0.113.1')
    }
    expect(await guess(proxied, 'ada@example.com', '203.0.113.1')).toBe(429)
    expect(await guess(proxied, 'ada@example.com', '203.0.113.2')).toBe(401)
  })

  test('counts by what the proxies wrote, whatever the client wrote before', async () => {
    for (const [server, after] of [
      [proxied, '203.0.113.3'],
      [twice, '203.0.113.3, 10.0.0.1'],
    ] as const) {
      for (let guesses = 0; guesses < 5; guesses += 1) {
        await guess(server, 'ada@example.com', `198.51.100.${guesses}, ${after}`)
      }
      expect(await guess(server, 'ada@example.com', `198.51.100.99, ${after}`)).toBe(429)
    }
  })
})

test.each([
  ['an IPv4 address', '192.0.2.1', undefined, 0, '192.0.2.1'],
  ['the same one as a dual stack has it', '::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
  ['a network of IPv6', '2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
  ['the same one by a short address', '2001:db8:1:2::9', undefined, 0, '2001:db8:1:2::/64'],
  ['a network whose number ends in zeros', '2001:db8::9', undefined, 0, '2001:db8:0:0::/64'],
  ['an address with a zone', 'fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
  ['an entry with a port', '10.0.0.1', '192.0.2.1:4711', 1, '192.0.2.1'],
  ['an entry of IPv6 with a port', '10.0.0.1', '[2001:db8:1:2::9]:443', 1, '2001:db8:1:2::/64'],
  ['the peer, where the entry is no address', '10.0.0.1', 'unknown', 1, '10.0.0.1'],
  ['the peer, where the header is empty', '10.0.0.1', '', 1, '10.0.0.1'],
  ['the first entry, where proxies are missing', '10.0.0.1', '192.0.2.1', 2, '192.0.2.1'],
  ['the peer, where no proxy is named', '10.0.0.1', '192.0.2.1', 0, '10.0.0.1'],
])('attempts are counted by %s', (_by, peer, forwarded, proxies, expected) => {
  expect(networkOf(peer, forwarded, proxies)).toBe(expected)
})
