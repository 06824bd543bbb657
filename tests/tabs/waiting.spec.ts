import { describe, expect, test } from 'vitest'
import type { Fault } from '../fixtures/auth-server.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

const ways: [string, TabsOptions][] = [
  ['a Web Lock', {}],
  ['a lease', { isInsecure: true }],
]

/** Two tabs of one session. The first is in the middle of an exchange; the second has met the same expiry. */
async function meet(options: TabsOptions, fault?: Fault) {
  const [first, second] = await tabs.open(2, options)
  await first.login('ada')
  await second.becomes('authenticated')
  const release = tabs.server.hold('/auth/refresh')
  if (fault) tabs.server.faults.push(fault)
  tabs.server.expireAccessTokens()
  const firstAnswer = first.get('/orders/1')
  await tabs.server.sees('/auth/refresh')
  const secondAnswer = second.get('/orders/2')
  await second.tells('request-waiting')
  return { first, second, release, firstAnswer, secondAnswer }
}

describe.each(ways)('with %s', (_, options) => {
  test('19: waiting for it is bounded: what runs out is unreachable, not over', async () => {
    const { first, second, release, firstAnswer, secondAnswer } = await meet({
      ...options,
      refreshTimeout: 1_000,
    })
    const bounded = { status: 401, code: 'unreachable' }
    expect(await secondAnswer).toMatchObject(bounded)
    expect(await firstAnswer).toMatchObject(bounded)
    for (const tab of [first, second]) expect(await tab.status()).toBe('authenticated')
    // The answer that comes late still counts, for both.
    release()
    await first.tells('refresh-succeeded', { adopted: false })
    await second.tells('refresh-succeeded', { adopted: true })
    expect(await second.get('/orders/3')).toMatchObject({ status: 200 })
    expect(tabs.server.countOf('/auth/refresh')).toBe(1)
  })

  test('19: a token that still lives is used when waiting runs out', async () => {
    const [first, second] = await tabs.open(2, { ...options, refreshTimeout: 1_000 })
    await first.login('ada')
    await second.becomes('authenticated')
    tabs.server.faults.push({ kind: 'hang' })
    const refreshed = first.refresh()
    await tabs.server.sees('/auth/refresh')
    expect(await second.refresh()).toBe('unreachable')
    expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
    expect(await refreshed).toBe('unreachable')
    expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
  })

  test('20: a frozen holder loses it, and what it gets late is fenced out', async () => {
    const late = JSON.stringify({ access_token: 'late', refresh_token: 'late' })
    const { first, second, release, secondAnswer } = await meet(
      { ...options, refreshTimeout: 1_000 },
      { kind: 'answer', status: 200, body: late },
    )
    await first.freeze()
    // In time, although the lock is not free yet.
    expect(await secondAnswer).toMatchObject({ code: 'unreachable' })
    expect(tabs.server.countOf('/auth/refresh')).toBe(1)
    // The second exchange, when the holder has had all the time that was its own.
    await tabs.server.sees('/auth/refresh', 2)
    release()
    await second.tells('refresh-succeeded', { adopted: false })
    await first.thaw()
    await first.tells('refresh-succeeded', { adopted: true })
    for (const tab of [first, second]) {
      expect(await tab.get('/orders/3')).toMatchObject({ status: 200 })
      expect(await tab.token()).not.toBe('late')
    }
    expect(await first.token()).toBe(await second.token())
    expect(tabs.server.reusedTokens).toBe(0)
  })
})

describe.each(['crash', 'close'] as const)('a holder that is gone in the middle (%s)', (end) => {
  test('is not waited for with a Web Lock', async () => {
    const { first, second, release, secondAnswer } = await meet({}, { kind: 'hang' })
    release()
    await first[end]()
    expect(await secondAnswer).toMatchObject({ status: 200 })
    expect(await second.status()).toBe('authenticated')
  })
})

test('a holder that crashes is waited for with a lease, until its exchange must have ended', async () => {
  const { first, second, release, secondAnswer } = await meet(
    { isInsecure: true, refreshTimeout: 1_000 },
    { kind: 'hang' },
  )
  release()
  await first.crash()
  expect(await secondAnswer).toMatchObject({ code: 'unreachable' })
  await second.tells('refresh-succeeded', { adopted: false })
  expect(await second.get('/orders/3')).toMatchObject({ status: 200 })
})
