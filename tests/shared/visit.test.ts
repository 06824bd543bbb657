// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openVisit } from '../../src/shared/visit'
import { driveClock } from '../support/clock'
import { PageChannel } from '../support/jsdom-tab'

const KEY = 'vue-auth-refresh/visit:auth'
/** The names of the locks that tabs hold. */
let held: string[]

/** Web Locks as all tabs of the origin have them: shared ones are granted at once. */
const locks = {
  async request(name: string, _options: LockOptions, granted: () => Promise<void>) {
    held.push(name)
    await granted()
    held.splice(held.indexOf(name), 1)
  },
  query: async () => ({ held: held.map((name) => ({ name })) }),
}

const setLocks = (value: unknown): unknown =>
  Object.defineProperty(navigator, 'locks', { value, configurable: true })

beforeEach(() => {
  held = []
  setLocks(locks)
  sessionStorage.clear()
  return () => vi.unstubAllGlobals()
})

const openTab = () => openVisit('auth')
const settled = () => new Promise((resolve) => setImmediate(resolve))
const mark = () => sessionStorage.getItem(KEY)
const hide = () => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
const show = (persisted: boolean) =>
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted }))

test('a tab that takes part holds a lock, which others see, until it leaves', async () => {
  const visit = openTab()
  expect(await visit.isOn('one')).toBe(false)
  await visit.join('one')
  await visit.join('one')
  expect([held, mark()]).toEqual([[`${KEY}:one`], 'one'])
  const other = openTab()
  expect([await other.isOn('one'), await other.isOn('two')]).toEqual([true, false])
  await visit.join('two')
  expect(held).toEqual([`${KEY}:two`])
  await visit.join(null)
  await settled()
  expect([held, mark()]).toEqual([[], null])
  visit.close()
  other.close()
})

test('a page that is left marks it, and the next one of the tab goes on', async () => {
  const visit = openTab()
  await visit.join('one')
  visit.close()
  await settled()
  expect([held, mark()]).toEqual([[], 'one left'])
  const next = openTab()
  expect([await next.isOn('one'), await next.isOn('two')]).toEqual([true, false])
  await next.join('one')
  expect(mark()).toBe('one')
  next.close()
})

test('a page that comes back from the back/forward cache takes part again', async () => {
  const visit = openTab()
  await visit.join('one')
  hide()
  await settled()
  expect([held, mark()]).toEqual([[], 'one left'])
  show(true)
  await settled()
  expect([held, mark()]).toEqual([[`${KEY}:one`], 'one'])
  show(false)
  await settled()
  expect(held).toHaveLength(1)
  await visit.join(null)
  hide()
  show(true)
  await settled()
  expect([held, mark()]).toEqual([[], null])
  visit.close()
})

test('a page that crashed leaves no mark that counts; one that the browser has dropped does', async () => {
  sessionStorage.setItem(KEY, 'one')
  const visit = openTab()
  expect(await visit.isOn('one')).toBe(false)
  Object.defineProperty(document, 'wasDiscarded', { value: true, configurable: true })
  expect([await visit.isOn('one'), await visit.isOn('two')]).toEqual([true, false])
  Reflect.deleteProperty(document, 'wasDiscarded')
  visit.close()
})

test('without sessionStorage the other tabs alone tell', async () => {
  vi.stubGlobal('sessionStorage', undefined)
  const visit = openTab()
  await visit.join('one')
  expect(await visit.isOn('one')).toBe(true)
  visit.close()
})

describe.each([
  ['are missing', undefined],
  [
    'refuse',
    {
      request: () => Promise.reject(new Error('no')),
      query: () => Promise.reject(new Error('no')),
    },
  ],
])('where Web Locks %s', (_, given) => {
  beforeEach(() => void setLocks(given))

  test('tabs ask each other', async () => {
    vi.stubGlobal('BroadcastChannel', PageChannel)
    const visit = openTab()
    await visit.join('one')
    const other = openTab()
    expect(await other.isOn('one')).toBe(true)
    hide()
    visit.close()
    other.close()
  })

  test('no answer comes of another visit, and the waiting ends', async () => {
    vi.stubGlobal('BroadcastChannel', PageChannel)
    const visit = openTab()
    await visit.join('one')
    const other = openTab()
    const clock = driveClock()
    const asked = other.isOn('two')
    await clock.advance(1_000)
    expect(await asked).toBe(false)
    visit.close()
    other.close()
  })

  test('a tab without a channel is alone', async () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const visit = openTab()
    await visit.join('one')
    expect(await visit.isOn('one')).toBe(false)
    visit.close()
  })
})
