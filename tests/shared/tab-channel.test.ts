// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest'
import { createTabChannel } from '../../src/shared/tab-channel'

/** The open channels of the other tabs, as a browser would have them. */
let open: FakeChannel[] = []

class FakeChannel {
  onmessage: ((event?: { data: unknown }) => void) | null = null
  readonly sent: unknown[] = []
  constructor(readonly name: string) {
    open.push(this)
  }
  postMessage(message: unknown): void {
    this.sent.push(message)
  }
  close(): void {
    open = open.filter((channel) => channel !== this)
  }
}

beforeEach(() => {
  open = []
  localStorage.clear()
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  return () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  }
})

const knock = 'vue-auth-refresh/changed:auth'

test('41: an announcement is empty', () => {
  const channel = createTabChannel('auth', () => {})
  channel.announce()
  expect(open).toMatchObject([{ name: 'vue-auth-refresh:auth', sent: [null] }])
  expect(localStorage).toHaveLength(0)
  channel.close()
})

test('an announcement of another tab calls back, whatever its content', () => {
  const onAnnounced = vi.fn()
  const channel = createTabChannel('auth', onAnnounced)
  open[0]!.onmessage?.()
  expect(onAnnounced.mock.calls).toEqual([[]])
  channel.close()
})

test('10: an announcement of an end has the id of its session, and no other content counts', () => {
  const told: unknown[] = []
  const channel = createTabChannel(
    'auth',
    () => told.push('changed'),
    (id) => told.push(id),
  )
  channel.announce('s1')
  expect(open[0]!.sent).toEqual(['s1'])
  for (const data of ['s2', null, 1, {}, ['s3']]) open[0]!.onmessage?.({ data })
  expect(told).toEqual(['s2', ...Array<string>(5).fill('changed')])
  channel.close()
})

test('29: the channel is closed while the page is in the back/forward cache, and open again after', () => {
  const onAnnounced = vi.fn()
  const channel = createTabChannel('auth', onAnnounced)
  dispatchEvent(new Event('pagehide'))
  expect(open).toHaveLength(0)
  dispatchEvent(new Event('pageshow'))
  expect(open).toHaveLength(1)
  open[0]!.onmessage?.()
  expect(onAnnounced).toHaveBeenCalledTimes(1)
  dispatchEvent(new Event('pageshow'))
  expect(open).toHaveLength(1)
  channel.close()
})

test('15: a channel that is closed does not open again with the page', () => {
  const channel = createTabChannel('auth', () => {})
  channel.close()
  expect(open).toHaveLength(0)
  dispatchEvent(new Event('pageshow'))
  expect(open).toHaveLength(0)
  const removed = vi.spyOn(globalThis, 'removeEventListener')
  createTabChannel('auth', () => {}).close()
  expect(removed.mock.calls.map(([event]) => event)).toEqual(['storage', 'pagehide', 'pageshow'])
})

test('24: without BroadcastChannel each announcement is a new entry in localStorage', () => {
  vi.stubGlobal('BroadcastChannel', undefined)
  const channel = createTabChannel('auth', () => {})
  channel.announce()
  const first = localStorage.getItem(knock)
  channel.announce()
  expect(first).toMatch(/^0\.\d+/)
  expect(localStorage.getItem(knock)).not.toBe(first)
  channel.close()
})

test('24: without BroadcastChannel and localStorage nothing is announced, and nothing throws', () => {
  vi.stubGlobal('BroadcastChannel', undefined)
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new Error('denied')
  })
  const channel = createTabChannel('auth', () => {})
  expect(() => channel.announce()).not.toThrow()
  channel.close()
})

test('a change of our entries in localStorage, or of all, calls back until the channel is closed', () => {
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
