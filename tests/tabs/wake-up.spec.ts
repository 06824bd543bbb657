import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

/** The `Authorization` headers of the requests for orders, as the server saw them. */
const tokensSeen = (): (string | undefined)[] =>
  tabs.server.seen
    .filter(({ path }) => path.startsWith('/orders'))
    .map(({ headers }) => headers.authorization)

describe('11, 12, 29: a tab that was frozen looks before its first request', () => {
  test('and is signed out', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.askOnWaking()
    await second.freeze()
    await first.logout()
    await second.thaw()
    expect(await second.answerOnWaking()).toMatchObject({ status: null, code: 'signed-out' })
    expect(tokensSeen()).toEqual([])
  })

  test('and does not ask for another user what it was to ask for the first', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.askOnWaking()
    await second.freeze()
    await first.login('ben')
    await second.thaw()
    expect(await second.answerOnWaking()).toMatchObject({ status: null, code: 'superseded' })
    expect(tokensSeen()).toEqual([])
    await second.tells('session-started', {}, 2)
    expect(await second.user()).toBe('ben')
  })

  test('and uses the token that another tab has got', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.askOnWaking()
    await second.freeze()
    await first.refresh()
    await second.thaw()
    expect(await second.answerOnWaking()).toMatchObject({ status: 200 })
    expect(tokensSeen()).toEqual([`Bearer ${await first.token()}`])
    expect(tabs.server.refreshes).toBe(1)
  })
})

test('29: a tab that was frozen while nobody was signed in asks as who is now', async () => {
  const [first, second] = await tabs.open(2)
  await second.askOnWaking()
  await second.freeze()
  await first.login('ada')
  await second.thaw()
  expect(await second.answerOnWaking()).toMatchObject({ status: 200, data: { user: 'ada' } })
})

test('29: four tabs that wake up after an hour make one refresh, before anything goes out', async () => {
  tabs.server.expiresIn = 600
  const anHourLater = (): void => {
    const { now } = Date
    Date.now = () => now() + Number(Reflect.get(window, 'slept') ?? 0)
  }
  const [first] = await tabs.open(1, { before: anHourLater })
  await first.login('ada')
  const all = [first, ...(await tabs.open(3, { before: anHourLater }))]
  for (const tab of all) {
    await tab.askOnWaking()
    await tab.page.evaluate(() => Object.assign(window, { slept: 3_600_000 }))
    await tab.freeze()
  }
  tabs.server.expireAccessTokens()
  await Promise.all(all.map((tab) => tab.thaw()))
  for (const tab of all) expect(await tab.answerOnWaking()).toMatchObject({ status: 200 })
  expect(tabs.server.refreshes).toBe(1)
  expect(new Set(tokensSeen())).toEqual(new Set([`Bearer ${await first.token()}`]))
})

// This Chromium keeps no page in a back/forward cache; so these are the events of one, without it.
test('29: a page looks when it comes back from the back/forward cache, deaf meanwhile', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  await second.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
  await first.login('ben')
  expect(await second.user()).toBe('ada')
  const answer = await second.run((app) => {
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    return app.get('/orders/1')
  })
  expect(answer).toMatchObject({ status: null, code: 'superseded' })
  await second.tells('session-started', {}, 2)
  expect(await second.user()).toBe('ben')
  // And hears again.
  await first.logout()
  await second.becomes('anonymous')
})

test('a tab that is disposed of does not look any more', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  await second.dispose()
  await second.forget()
  await first.logout()
  await first.login('ben')
  await second.freeze()
  await second.thaw()
  const [third] = await tabs.open(1)
  expect(await third.user()).toBe('ben')
  expect(await second.events()).toEqual([])
  expect(await second.token()).toBeNull()
})
