// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { browserPage, noPage, onPageChange } from '../../src/shared/page'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { noSignal } from '../support/signals'

useSingleTab()

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
  showPage(true)
  setOnline(true)
  expect(browserPage.isActive()).toBe(true)
  showPage(false)
  expect(browserPage.isActive()).toBe(false)
  showPage(true)
  setOnline(false)
  expect(browserPage.isActive()).toBe(false)
})

test.each([
  ['the network', browserPage.online, setOnline, 'online'],
  ['a visible page', browserPage.shown, showPage, 'visibilitychange'],
] as const)('15: %s is waited for, and no listener stays', async (_, wait, set, event) => {
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
  const waiting = [browserPage.online(controller.signal), browserPage.shown(controller.signal)]
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
