// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { browserPage, noPage } from '../../src/tabs/page'
import { alone, openTabs } from '../../src/tabs/tabs'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { noSignal } from '../support/signals'

useSingleTab()

const outcomeOf = (promise: Promise<unknown>) => {
  const seen: unknown[] = []
  promise.then(
    () => seen.push('resolved'),
    (reason: unknown) => seen.push(reason),
  )
  return seen
}
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('a page is active while somebody may look at it and there is a network', () => {
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
  ['somebody to look', browserPage.shown, showPage, 'visibilitychange'],
] as const)('15: %s is waited for, and nobody listens after', async (_, wait, set, event) => {
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

test('17: waiting for them can be aborted', async () => {
  setOnline(false)
  showPage(false)
  const controller = new AbortController()
  const waiting = [browserPage.online(controller.signal), browserPage.shown(controller.signal)]
  const outcomes = waiting.map(outcomeOf)
  controller.abort('enough')
  await settled()
  expect(outcomes).toEqual([['enough'], ['enough']])
})

test('14: on a server nobody looks, the network is there, and no lock is needed', async () => {
  expect(noPage.isActive()).toBe(false)
  await noPage.online(noSignal)
  await expect(noPage.shown(noSignal)).rejects.toThrow('Nobody looks.')
  const work = async (canBegin: () => Promise<boolean>) => canBegin()
  expect(await alone.hold(work, noSignal)).toBe(true)
  expect(await alone.takeTurn(work, noSignal)).toBe(true)
  expect(alone.announce()).toBeUndefined()
  expect(alone.close()).toBeUndefined()
})

function open() {
  const options = {
    name: 'auth',
    limit: 30_000,
    turnLimit: 60_000,
    updateLease: vi.fn(async () => {
      throw new Error('no database')
    }),
    onChange: vi.fn(),
    warn: vi.fn(),
  }
  return { ...options, tabs: openTabs(options) }
}

test('15: what is stored and the page are watched until it is closed', () => {
  const { tabs, onChange } = open()
  dispatchEvent(new StorageEvent('storage', { key: 'vue-auth-refresh:auth' }))
  dispatchEvent(new Event('online'))
  expect(onChange).toHaveBeenCalledTimes(2)
  tabs.close()
  dispatchEvent(new StorageEvent('storage', { key: 'vue-auth-refresh:auth' }))
  dispatchEvent(new Event('online'))
  expect(onChange).toHaveBeenCalledTimes(2)
})

test('it announces to the other tabs', () => {
  const { tabs } = open()
  tabs.announce()
  expect(localStorage.getItem('vue-auth-refresh/changed:auth')).not.toBeNull()
  tabs.close()
})

test('asking the user and refreshing have locks and leases of their own', async () => {
  const request = vi.spyOn(navigator.locks, 'request')
  const { tabs } = open()
  await tabs.hold(async () => {}, noSignal)
  await tabs.takeTurn(async () => {}, noSignal)
  expect(request.mock.calls.map(([name]) => name)).toEqual([
    'vue-auth-refresh:auth',
    'vue-auth-refresh/turn:auth',
  ])
  tabs.close()

  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
  const without = open()
  await without.tabs.hold(async () => {}, noSignal)
  await without.tabs.takeTurn(async () => {}, noSignal)
  expect(without.updateLease.mock.calls.map(([purpose]: unknown[]) => purpose)).toEqual([
    'refresh',
    'refresh',
    'turn',
    'turn',
  ])
  expect(without.warn).toHaveBeenCalledTimes(2)
  without.tabs.close()
})

test('the user may be asked for as long as that takes, refreshing must end sooner', async () => {
  const spans: number[] = []
  vi.useFakeTimers()
  const { tabs } = open()
  for (const hold of [tabs.hold, tabs.takeTurn]) {
    const start = Date.now()
    await hold(async (canBegin) => {
      while (await canBegin()) await vi.advanceTimersByTimeAsync(1_000)
    }, noSignal)
    spans.push(Date.now() - start)
  }
  expect(spans).toEqual([15_000, 30_000])
  tabs.close()
  vi.useRealTimers()
})
