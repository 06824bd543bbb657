import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

// The properties of the harness that the other tests here rely on.

const tabs = useTabs()

describe('the tabs of these tests', () => {
  test('have a process each, which ends alone', async () => {
    const opened = await tabs.open(4)
    for (const [index, tab] of opened.entries()) {
      await tab.crash()
      for (const other of opened.slice(index + 1)) expect(await other.status()).toBe('anonymous')
    }
  })

  test('are the only pages of their browser, whatever runs beside them', async () => {
    const opened = await tabs.open(2)
    const pages = opened.map(({ page }) => page)
    expect(pages[0]?.context().pages()).toEqual(pages)
  })

  test('stand still while they are frozen, and keep the locks they hold', async () => {
    const [first, second] = await tabs.open(2)
    await first.page.evaluate(
      () =>
        new Promise<void>((held) => {
          void navigator.locks.request('mine', () => new Promise(() => held()))
        }),
    )
    await first.freeze()
    const asked = first.get('/public')
    expect(await second.get('/public')).toMatchObject({ status: 200 })
    await second.page.evaluate(() => void navigator.locks.request('mine', () => {}))
    expect(await second.locks()).toEqual({ held: ['mine'], pending: ['mine'] })
    expect(await first.page.evaluate(() => document.visibilityState)).toBe('hidden')
    await first.thaw({ hidden: true })
    expect(await asked).toMatchObject({ status: 200 })
    expect(await first.page.evaluate(() => document.visibilityState)).toBe('hidden')
    await first.freeze()
    await first.thaw()
    expect(await first.page.evaluate(() => document.visibilityState)).toBe('visible')
    await first.crash()
    await expect.poll(() => second.locks()).toEqual({ held: [], pending: [] })
  })

  test('are all visible, until one is hidden', async () => {
    const [first, second] = await tabs.open(2)
    expect(await first.visibility()).toBe('visible')
    await first.hide()
    expect(await first.visibility()).toBe('hidden')
    expect(await first.get('/public')).toMatchObject({ status: 200 })
    expect(await second.visibility()).toBe('visible')
    await first.show()
    expect(await first.visibility()).toBe('visible')
  })

  test('of an insecure origin have no Web Locks and no random UUIDs', async () => {
    const [tab] = await tabs.open(1, { isInsecure: true })
    const found = await tab.page.evaluate(() => [
      isSecureContext,
      'locks' in navigator,
      'randomUUID' in crypto,
      'BroadcastChannel' in window,
      'indexedDB' in window,
    ])
    expect(found).toEqual([false, false, false, true, true])
  })

  test('do without what is taken from them', async () => {
    const [tab] = await tabs.open(1, {
      storage: 'local',
      without: ['locks', 'BroadcastChannel', 'indexedDB'],
      before: () => Object.assign(window, { wasHere: true }),
    })
    const found = await tab.page.evaluate(() => [
      'locks' in navigator,
      'BroadcastChannel' in window,
      'indexedDB' in window,
      'wasHere' in window,
    ])
    expect(found).toEqual([false, false, false, true])
  })

  test('may not print warnings or leave rejections unhandled, unless it was said', async () => {
    const [tab] = await tabs.open(1)
    tabs.expectComplaint('a warning')
    tabs.expectComplaint(/a stray rejection/)
    const rejected = tab.page.waitForEvent('pageerror')
    await tab.page.evaluate(() => {
      console.warn('a warning')
      void Promise.reject(new Error('a stray rejection'))
    })
    await rejected
  })

  test('can be left and come back to', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    await tab.visit('/private')
    await tab.leave()
    await tab.comeBack()
    expect(await tab.path()).toBe('/private')
    expect(await tab.status()).toBe('authenticated')
  })
})
