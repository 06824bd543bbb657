// @vitest-environment jsdom
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { pageMark } from '../../src/shared/page-mark'
import { leaseLock } from '../../src/shared/lease-lock'
import { createRecord } from '../support/record'
import type { TabLock } from '../../src/shared/tab-lock'
import { createLatch } from '../../src/utils/waiting'
import { noSignal } from '../support/signals'

const LIMIT = 30_000
const mark = pageMark('left')

/** The stored lease of the origin. */
const stored = createRecord()
const { update } = stored

beforeEach(() => {
  stored.value = null
  localStorage.clear()
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** Work that goes on until `end` is called. */
function createWork() {
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const work = vi.fn(async (_canBegin: () => Promise<boolean>) => ended)
  return { work, end }
}

/** Works in one more tab, once that has the lease. */
const takeLease = (work: Parameters<TabLock>[0], signal = noSignal): Promise<unknown> =>
  leaseLock(update, mark, LIMIT)(work, signal)

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('a lease goes from tab to tab', async () => {
  const first = createWork()
  const second = createWork()
  const held = takeLease(first.work)
  const waiting = takeLease(second.work)
  await pass(1_000)
  expect(first.work).toHaveBeenCalledTimes(1)
  expect(second.work).not.toHaveBeenCalled()

  first.end()
  await held
  await pass(20)
  expect(second.work).toHaveBeenCalledTimes(1)
  second.end()
  await waiting
  expect(stored.value).toBeNull()
})

test('20: the others wait for work that has begun until it must have ended', async () => {
  const first = createWork()
  const held = takeLease(first.work)
  await pass(1_000)
  expect(await first.work.mock.calls[0]![0]()).toBe(true)
  const second = createWork()
  const waiting = takeLease(second.work)
  await pass(LIMIT + 900)
  expect(second.work).not.toHaveBeenCalled()
  await pass(200)
  expect(second.work).toHaveBeenCalledTimes(1)

  // The first holder leaves the lease alone, which is the second one's now.
  first.end()
  await held
  await pass(0)
  expect(stored.value).not.toBeNull()
  second.end()
  await waiting
})

test('a holder that has not begun within five seconds cannot begin any more', async () => {
  const first = createWork()
  const held = takeLease(first.work)
  await pass(4_900)
  const second = createWork()
  const waiting = takeLease(second.work)
  await pass(0)
  expect(second.work).not.toHaveBeenCalled()
  await pass(150)
  expect(second.work).toHaveBeenCalledTimes(1)
  expect(await first.work.mock.calls[0]![0]()).toBe(false)
  first.end()
  second.end()
  await Promise.all([held, waiting])
})

test('a clock that is a little behind takes the lease from no tab', async () => {
  const { work, end } = createWork()
  const held = takeLease(work)
  await pass(0)
  await work.mock.calls[0]![0]()
  vi.setSystemTime(Date.now() - 500)
  const second = createWork()
  const waiting = takeLease(second.work)
  await pass(1_000)
  expect(second.work).not.toHaveBeenCalled()
  end()
  second.end()
  await Promise.all([held, waiting, pass(100)])
})

test.each([
  ['lasts longer than any can', () => ({ holder: 'x', until: Date.now() + 86_400_000 })],
  ['is over', () => ({ holder: 'x', until: Date.now() - 1 })],
  ['is text', () => 'x'],
  ['has no end', () => ({ holder: 'x', until: null })],
  ['ends at no time', () => ({ holder: 'x', until: 'soon' })],
])('a stored lease that %s stops no tab', async (_, planted) => {
  stored.value = planted()
  const { work, end } = createWork()
  const held = takeLease(work)
  await pass(0)
  expect(work).toHaveBeenCalledTimes(1)
  end()
  await held
  expect(stored.value).toBeNull()
})

test('waiting for the lease can be aborted, and its holder keeps it', async () => {
  const first = createWork()
  const held = takeLease(first.work)
  await pass(0)
  const controller = new AbortController()
  const second = createWork()
  const waiting = takeLease(second.work, controller.signal).catch(String)
  await pass(1_000)
  const before = stored.value
  controller.abort(new Error('enough'))
  expect(await waiting).toBe('Error: enough')
  await pass(0)
  expect(stored.value).toEqual(before)
  expect(second.work).not.toHaveBeenCalled()
  first.end()
  await held
})

test('after five seconds a database that hangs counts as failed', async () => {
  const { work } = createWork()
  const held = leaseLock(() => new Promise(() => {}), mark, LIMIT)(work, noSignal).catch(String)
  await pass(5_000)
  expect(await held).toMatch(/no answer in time/)
  expect(work).not.toHaveBeenCalled()
})

test('aborted work gives its lease back', async () => {
  const controller = new AbortController()
  const { work, end } = createWork()
  const held = takeLease(work, controller.signal)
  await pass(0)
  controller.abort()
  end()
  await held
  expect(stored.value).toBeNull()
})

test('9: aborted work does not give a lasting lease back: it runs out once the work must have ended', async () => {
  const first = createWork()
  const leaving = new AbortController()
  const held = leaseLock(update, mark, LIMIT, LIMIT)(first.work, leaving.signal)
  await pass(0)
  await first.work.mock.calls[0]![0]()
  leaving.abort()
  first.end()
  await held
  const second = createWork()
  const waiting = leaseLock(update, mark, LIMIT, LIMIT)(second.work, noSignal)
  await pass(LIMIT + 900)
  expect(second.work).not.toHaveBeenCalled()
  await pass(200)
  expect(second.work).toHaveBeenCalledTimes(1)
  // Work that ended by itself gives even a lasting lease back.
  second.end()
  await waiting
  expect(stored.value).toBeNull()
})

test('work that has ended gives even a lasting lease back, though it is aborted before that is written', async () => {
  const controller = new AbortController()
  const { work, end } = createWork()
  let isSlow = false
  const slowly: typeof update = async (change) => {
    if (isSlow) await new Promise((resolve) => setTimeout(resolve, 10))
    return update(change)
  }
  const held = leaseLock(slowly, mark, LIMIT, LIMIT)(work, controller.signal)
  await pass(0)
  await work.mock.calls[0]![0]()
  isSlow = true
  end()
  await held
  controller.abort()
  await pass(10)
  expect(stored.value).toBeNull()
})

/** The page goes away, into the back/forward cache or for good. Its tests are no other page, so its work goes on. */
const hidePage = (persisted: boolean): void => {
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted }))
}

describe('a page that goes away while it holds the lease', () => {
  /** A holder that has begun or not, and another tab that waits. Returns how long that tab waits, in ms. */
  async function waitAfter(
    leave: () => void,
    { hasBegun = true, afterlife = 0 } = {},
  ): Promise<number> {
    const first = createWork()
    const held = leaseLock(update, mark, LIMIT, afterlife)(first.work, noSignal)
    await pass(1_000)
    if (hasBegun) expect(await first.work.mock.calls[0]![0]()).toBe(true)
    const second = createWork()
    const waiting = leaseLock(update, mark, LIMIT, afterlife)(second.work, noSignal)
    await pass(1_000)
    leave()
    let waited = 0
    for (; second.work.mock.calls.length === 0; waited += 20) await pass(20)
    first.end()
    second.end()
    await Promise.all([held, waiting])
    return waited
  }

  test.each([true, false])('gives it up at once; its work has begun: %s', async (hasBegun) => {
    expect(await waitAfter(() => hidePage(false), { hasBegun })).toBeLessThanOrEqual(40)
    expect(localStorage).toHaveLength(0)
  })

  test('9: has it for as long as its request may go on without it', async () => {
    const waited = await waitAfter(() => hidePage(false), { afterlife: 5_000 })
    expect(waited).toBeGreaterThan(5_900)
    expect(waited).toBeLessThan(6_100)
  })

  test('9: gives it up at once where its request was not sent yet', async () => {
    const options = { hasBegun: false, afterlife: 5_000 }
    expect(await waitAfter(() => hidePage(false), options)).toBeLessThanOrEqual(40)
  })

  test('gives it up also where it may come back: the browser may drop it without another event', async () => {
    expect(await waitAfter(() => hidePage(true))).toBeLessThanOrEqual(40)
  })

  test('24: has it as before where localStorage refuses', async () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('No.', 'SecurityError')
    })
    onTestFinished(() => void vi.restoreAllMocks())
    expect(await waitAfter(() => hidePage(false))).toBeGreaterThan(LIMIT - 2_000)
  })

  test('gives it up also where that has made its work fail, and nothing is written any more', async () => {
    const lost = vi.fn(update)
    const leaving = createLatch()
    const failed = leaseLock(
      lost,
      mark,
      LIMIT,
    )(async (canBegin) => {
      await canBegin()
      lost.mockImplementation(async () => leaving.opened)
      throw new Error('Failed to fetch')
    }, noSignal)
    await expect(failed).rejects.toThrow('Failed to fetch')
    hidePage(false)
    leaving.open()
    const { work, end } = createWork()
    const held = takeLease(work)
    await pass(40)
    expect(work).toHaveBeenCalledTimes(1)
    end()
    await held
  })

  test('takes no lease from another holder, and leaves nothing where it has none', async () => {
    const first = createWork()
    const held = takeLease(first.work)
    await pass(0)
    const controller = new AbortController()
    const second = createWork()
    const waiting = takeLease(second.work, controller.signal).catch(() => {})
    await pass(1_000)
    first.end()
    await held
    controller.abort()
    await waiting
    hidePage(false)
    expect(localStorage).toHaveLength(0)
  })
})

test.each(['', 'null', '{', '7', '{"holder":null}'])(
  '43: the note %s stops no tab',
  async (text) => {
    mark.set(text)
    const { work, end } = createWork()
    const held = takeLease(work)
    await pass(0)
    expect(work).toHaveBeenCalledTimes(1)
    end()
    await held
    expect(localStorage).toHaveLength(0)
  },
)

test('9: aborted work ends its lease once it must have ended, and not after its whole limit', async () => {
  const first = createWork()
  const leaving = new AbortController()
  const held = leaseLock(update, mark, LIMIT, 5_000)(first.work, leaving.signal)
  await pass(0)
  await first.work.mock.calls[0]![0]()
  leaving.abort()
  first.end()
  await held
  const second = createWork()
  const waiting = leaseLock(update, mark, LIMIT, 5_000)(second.work, noSignal)
  await pass(5_900)
  expect(second.work).not.toHaveBeenCalled()
  await pass(200)
  expect(second.work).toHaveBeenCalledTimes(1)
  second.end()
  await waiting
})
