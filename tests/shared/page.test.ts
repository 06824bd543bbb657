// @vitest-environment jsdom
import { expect, onTestFinished, test, vi } from 'vitest'
import { noPage, onPageChange, openPage } from '../../src/shared/page'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { noSignal } from '../support/signals'

useSingleTab()

/** The page of a test, closed when it is over. */
function openTestPage() {
  const page = openPage()
  onTestFinished(page.close)
  return page
}

const occasions: [string, () => void][] = [
  ['is shown or hidden', () => document.dispatchEvent(new Event('visibilitychange'))],
  ['is thawed', () => document.dispatchEvent(new Event('resume'))],
  [
    'is back from the back/forward cache',
    () => dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true })),
  ],
  ['is back online', () => dispatchEvent(new Event('online'))],
  ['is offline', () => dispatchEvent(new Event('offline'))],
]

test.each(occasions)(
  '29: a page that %s is a change, until the callback is removed',
  (_, happen) => {
    const callback = vi.fn()
    const stop = onPageChange(callback)
    happen()
    expect(callback).toHaveBeenCalledTimes(1)
    stop()
    happen()
    expect(callback).toHaveBeenCalledTimes(1)
  },
)

test('a page that has just loaded is no change', () => {
  const callback = vi.fn()
  onPageChange(callback)
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  expect(callback).not.toHaveBeenCalled()
})

const outcomeOf = (promise: Promise<unknown>) => {
  const seen: unknown[] = []
  promise.then(
    () => seen.push('resolved'),
    (reason: unknown) => seen.push(reason),
  )
  return seen
}
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('a page is active while it is visible and there is a network', () => {
  const browserPage = openTestPage()
  showPage(true)
  setOnline(true)
  expect(browserPage.isActive()).toBe(true)
  showPage(false)
  expect(browserPage.isActive()).toBe(false)
  showPage(true)
  setOnline(false)
  expect(browserPage.isActive()).toBe(false)
})

type Case = [string, (signal: AbortSignal) => Promise<void>, (isThere: boolean) => void, string]

test.each<Case>([
  ['the network', (signal) => openTestPage().online(signal), setOnline, 'online'],
  ['a visible page', (signal) => openTestPage().shown(signal), showPage, 'visibilitychange'],
])('15: %s is waited for, and no listener stays', async (_, wait, set, event) => {
  const target = event === 'online' ? globalThis : document
  const removed = vi.spyOn(target, 'removeEventListener')
  set(true)
  await wait(noSignal)
  set(false)
  const waiting = outcomeOf(wait(noSignal))
  target.dispatchEvent(new Event(event))
  await settled()
  expect(waiting).toEqual([])
  set(true)
  await settled()
  expect(waiting).toEqual(['resolved'])
  expect(removed.mock.calls.filter(([name]) => name === event)).toHaveLength(2)
})

test('17: waiting for the network and for a visible page can be aborted', async () => {
  setOnline(false)
  showPage(false)
  const controller = new AbortController()
  const page = openTestPage()
  const waiting = [page.online(controller.signal), page.shown(controller.signal)]
  const outcomes = waiting.map(outcomeOf)
  controller.abort('enough')
  await settled()
  expect(outcomes).toEqual([['enough'], ['enough']])
})

test('14: a server shows no page, and has a network', async () => {
  expect(noPage.isActive()).toBe(false)
  await noPage.online(noSignal)
  await expect(noPage.shown(noSignal)).rejects.toThrow('A server shows no page.')
})

test('29: a browser that says offline while a server answers is wrong until it tells of a change', async () => {
  const page = openTestPage()
  showPage(true)
  for (const isOnline of [false, true]) {
    setOnline(false)
    expect([page.isOnline(), page.isActive()]).toEqual([false, false])
    page.noteAnswer()
    expect([page.isOnline(), page.isActive()]).toEqual([true, true])
    await page.online(noSignal)
    setOnline(isOnline)
    expect(page.isOnline()).toBe(isOnline)
  }
  // An answer in a network says nothing about a later time without one.
  page.noteAnswer()
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  expect(page.isOnline()).toBe(false)
})

test('15: a closed page listens no more', () => {
  const added = vi.spyOn(globalThis, 'addEventListener')
  const removed = vi.spyOn(globalThis, 'removeEventListener')
  openPage().close()
  expect(added).toHaveBeenCalled()
  expect(removed.mock.calls).toEqual(added.mock.calls)
})
