import { describe, expect, test } from 'vitest'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

const MINUTE = 60_000
const SHORT = { idleTimeout: 4_000, endingLead: 2_000 }
const LONG = { idleTimeout: 15 * MINUTE }

// Each tab covers the one before it. Side by side, as in windows, all of them are visible; so they say so here.
const inView = (): void => {
  Object.defineProperty(document, 'visibilityState', { get: () => 'visible' })
}

/** In the page: a clock that the test moves, also for the pages that are loaded after this one. */
const movableClock = (): void => {
  const { now } = Date
  Object.assign(window, { slept: Number(localStorage.getItem('slept') ?? 0) })
  Date.now = () => now() + Number(Reflect.get(window, 'slept'))
}

/** The machine has slept for so many ms since the test began, as this tab sees it. */
const sleepFor = (tab: Tab, ms: number): Promise<void> =>
  tab.page.evaluate((ms) => {
    localStorage.setItem('slept', String(ms))
    Object.assign(window, { slept: ms })
  }, ms)

const endsAt = (tab: Tab): Promise<number | null> => tab.run((app) => app.store.endsAt)

const tabs = useTabs({ path: '/private' })

/** Two visible tabs of Ada on a protected page. */
async function signedIn(options: Parameters<typeof tabs.open>[1]) {
  const both = await tabs.open(2, { before: inView, ...options })
  await both[0].login('ada')
  await both[1].becomes('authenticated')
  await Promise.all(both.map((tab) => tab.arrives('/private')))
  return both
}

/** The end of both tabs, as one of them tells the server. */
async function endTogether(both: readonly Tab[], reason: string): Promise<void> {
  const ends = await Promise.all(both.map((tab) => tab.tells('session-ended', { reason })))
  const times = ends.map(({ time }) => time)
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1_000)
  await Promise.all(both.map((tab) => tab.arrives('/login?redirect=/private')))
  await Promise.all(both.map((tab) => tab.becomes('expired')))
  await tabs.server.answers('/auth/logout')
  expect(tabs.server.answersTo('/auth/logout')).toEqual([204])
}

describe('idleTimeout', () => {
  test('activity in one tab keeps both, and both end together', async () => {
    const both = await signedIn(SHORT)
    const [first, second] = both
    const before = await second.tells('session-ending', { reason: 'idle' })
    await first.page.keyboard.press('a')
    const after = await second.tells('session-ending', { reason: 'idle' }, 2)
    expect(await second.events('session-ended')).toEqual([])
    expect(after.at - before.at).toBeGreaterThan(1_000)
    const ends = await Promise.all(both.map(endsAt))
    expect(Math.abs(Number(ends[0]) - Number(ends[1]))).toBeLessThan(50)
    await endTogether(both, 'idle')
  })

  test('any tab stops the countdown of all by keepAlive()', async () => {
    const both = await signedIn(SHORT)
    const [first, second] = both
    for (const [times, tab] of [first, second].entries()) {
      await Promise.all(both.map((one) => one.tells('session-ending', {}, times + 1)))
      await tab.run((app) => app.store.keepAlive())
    }
    await Promise.all(both.map((one) => one.tells('session-ending', {}, 3)))
    expect(await first.status()).toBe('authenticated')
    await endTogether(both, 'idle')
  })

  test('mouse, wheel, finger and keys are activity', async () => {
    const [tab] = await tabs.open(1, SHORT)
    await tab.login('ada')
    const { page } = tab
    const cdp = await page.context().newCDPSession(page)
    const touch = async (): Promise<void> => {
      await cdp.send('Input.dispatchTouchEvent', {
        type: 'touchStart',
        touchPoints: [{ x: 20, y: 20 }],
      })
      await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    const acts = [
      () => page.mouse.move(30, 30),
      () => page.mouse.wheel(0, 10),
      touch,
      () => page.keyboard.press('Tab'),
    ]
    for (const [times, act] of acts.entries()) {
      await tab.tells('session-ending', {}, times + 1)
      await act()
    }
    await tab.tells('session-ending', {}, acts.length + 1)
    expect(await tab.status()).toBe('authenticated')
  })

  test('a pointer at rest is none, whatever moves under it', async () => {
    const [tab] = await tabs.open(1, SHORT)
    await tab.login('ada')
    await tab.page.mouse.move(50, 50)
    await tab.page.evaluate(() => {
      const box = document.body.appendChild(document.createElement('div'))
      let count = 0
      const move = (): void => {
        box.style.cssText = `position: fixed; inset: ${count++ % 100}px; background: #ccc`
        requestAnimationFrame(move)
      }
      move()
    })
    await tab.tells('session-ended', { reason: 'idle' })
  })

  test('a reload after the end signs out, and sends nothing but the logout', async () => {
    const both = await signedIn({ ...LONG, before: movableClock })
    for (const tab of both) await tab.close()
    const [blank] = await tabs.open(1, { isSettled: false, path: '/blank', before: movableClock })
    await sleepFor(blank, 20 * MINUTE)
    await blank.close()
    tabs.server.seen.length = 0
    const [tab] = await tabs.open(1, { ...LONG, before: movableClock })
    expect(await tab.path()).toBe('/login?redirect=/private')
    expect(await tab.status()).toBe('expired')
    expect(await tab.events('session-ended')).toMatchObject([{ reason: 'idle', adopted: false }])
    await tabs.server.answers('/auth/logout')
    const withToken = tabs.server.seen.filter(({ headers }) => headers.authorization)
    expect(withToken.map(({ path }) => path)).toEqual(['/auth/logout'])
    await tab.reload()
    expect(await tab.status()).toBe('anonymous')
  })

  test('a frozen tab that wakes up after the time goes on where another tab was busy', async () => {
    const [first, second] = await signedIn({ ...LONG, before: movableClock })
    await second.askOnWaking()
    await sleepFor(second, 20 * MINUTE)
    await second.freeze()
    await sleepFor(first, 10 * MINUTE)
    const before = await endsAt(first)
    await first.page.mouse.move(40, 40)
    await first.page.keyboard.press('a')
    await expect.poll(() => endsAt(first)).toBeGreaterThan(Number(before))
    await first.refresh()
    await sleepFor(first, 20 * MINUTE)
    await second.thaw()
    expect(await second.answerOnWaking()).toMatchObject({ status: 200 })
    expect(await second.events('session-ended')).toEqual([])
    expect(tabs.server.countOf('/auth/logout')).toBe(0)
  })

  test('a frozen tab that wakes up after the end uses no token', async () => {
    const [first, second] = await signedIn({ ...LONG, before: movableClock })
    await second.askOnWaking()
    await sleepFor(second, 20 * MINUTE)
    await second.freeze()
    await second.thaw()
    expect(await second.answerOnWaking()).toMatchObject({ status: null, code: 'idle' })
    expect(tabs.server.countOf('/orders/1')).toBe(0)
    // The other tab is told, though its own clock has not seen the sleep.
    await first.tells('session-ended', { adopted: true })
  })
})

test('maxAge ends the session in both tabs, whatever their users do', async () => {
  const both = await signedIn({ maxAge: 4_000, endingLead: 2_000 })
  const [first] = both
  const { time } = await first.tells('session-ending', { reason: 'expired-age' })
  await first.run((app) => app.store.keepAlive())
  await first.page.keyboard.press('a')
  await first.refresh()
  await endTogether(both, 'expired-age')
  const [ended] = await first.events('session-ended')
  expect(Number(ended?.time) - time).toBeLessThan(3_000)
})
