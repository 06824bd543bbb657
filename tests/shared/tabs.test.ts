// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { noPage } from '../../src/shared/page'
import { alone, openTabs } from '../../src/shared/tabs'
import { useSingleTab } from '../support/jsdom-tab'
import { noSignal } from '../support/signals'

useSingleTab()

test('14: on a server there are no tabs, and no lock is needed', async () => {
  expect(alone).toMatchObject(noPage)
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
    afterlife: 0,
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
      while (await canBegin()) await vi.advanceTimersByTimeAsync(700)
    }, noSignal)
    spans.push(Date.now() - start)
  }
  expect(spans).toEqual([15_400, 30_100])
  tabs.close()
  vi.useRealTimers()
})
