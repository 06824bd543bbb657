// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { onPageChange } from '../../src/tabs/page'
import { createTabChannel } from '../../src/tabs/tab-channel'
import { useSingleTab } from '../support/jsdom-tab'

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

test.each(occasions)('29: the page is looked at when it %s, until nobody listens', (_, happen) => {
  const callback = vi.fn()
  const stop = onPageChange(callback)
  happen()
  expect(callback).toHaveBeenCalledTimes(1)
  stop()
  happen()
  expect(callback).toHaveBeenCalledTimes(1)
})

test('a page that is loaded is nothing to look at again', () => {
  const callback = vi.fn()
  onPageChange(callback)
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  expect(callback).not.toHaveBeenCalled()
})

test('a change of localStorage is heard when it is ours or everything, until nobody listens', () => {
  const onAnnounced = vi.fn()
  const channel = createTabChannel('auth', onAnnounced)
  const change = (key: string | null) => dispatchEvent(new StorageEvent('storage', { key }))
  change('other')
  change('vue-auth-refresh:auth2')
  change('vue-auth-refresh:other')
  expect(onAnnounced).not.toHaveBeenCalled()
  change('vue-auth-refresh:auth')
  change('vue-auth-refresh/changed:auth')
  change(null)
  expect(onAnnounced).toHaveBeenCalledTimes(3)
  channel.close()
  change(null)
  expect(onAnnounced).toHaveBeenCalledTimes(3)
})
