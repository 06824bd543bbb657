// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest'
import { memoryStorage } from 'vue-auth-refresh'
import { recordOf } from '../support/storage-contract'

/** The open channels of the origin. */
let open: FakeChannel[] = []

class FakeChannel extends EventTarget {
  onmessage: ((event: { data: unknown }) => void) | null = null
  constructor(readonly name: string) {
    super()
    open.push(this)
  }
  postMessage(data: unknown): void {
    for (const other of open) {
      if (other !== this && other.name === this.name) {
        queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) }))
      }
    }
  }
  close(): void {
    open = open.filter((channel) => channel !== this)
  }
}

beforeEach(() => {
  open = []
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  vi.useFakeTimers()
  return () => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})

/** Reads in a tab. Resolves with the record and the time that it took, in ms. */
async function read(tab: ReturnType<typeof memoryStorage>): Promise<[unknown, number]> {
  const start = Date.now()
  const reading = tab.read('key')
  await vi.advanceTimersByTimeAsync(0)
  await vi.advanceTimersToNextTimerAsync()
  return [await reading, Date.now() - start]
}

async function write(tab: ReturnType<typeof memoryStorage>, record: object | null) {
  const writing = tab.update('key', () => record as ReturnType<typeof recordOf> | null)
  await vi.advanceTimersByTimeAsync(100)
  return writing
}

test('a new tab asks the others, and does not wait once one has answered', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await write(one, recordOf())
  expect(await read(two)).toEqual([recordOf(), 0])
})

test('a tab that is alone waits 100 ms for an answer, once', async () => {
  const tab = memoryStorage()
  expect(await read(tab)).toEqual([null, 100])
  expect(await read(tab)).toEqual([null, 0])
})

test('a write reaches the other tabs before it resolves', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await read(one)
  await read(two)
  expect(await write(one, recordOf())).toEqual(recordOf())
  expect((await read(two))[0]).toEqual(recordOf())
  await write(two, null)
  expect((await read(one))[0]).toBeNull()
})

test('15: a storage that is closed has no channel, and opens one when it is used again', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await read(one)
  await write(two, recordOf())
  two.close?.()
  expect(open).toHaveLength(1)
  await read(two)
  expect(open).toHaveLength(2)
})

test('43: messages that are no entries change nothing', async () => {
  const tab = memoryStorage()
  await write(tab, recordOf())
  const stranger = new FakeChannel('vue-auth-refresh/memory')
  const far = 2 ** 52
  for (const data of [
    null,
    'text',
    {},
    { key: 1, revision: far },
    { key: 'key', revision: 'soon', record: 'planted' },
    { key: 'key', revision: 1, record: 'planted' },
    { key: 'key', revision: far, record: 'planted' },
    { key: 'key', revision: Infinity, record: 'planted' },
  ]) {
    stranger.postMessage(data)
  }
  await vi.advanceTimersByTimeAsync(0)
  expect((await read(tab))[0]).toEqual(recordOf())
})

test.each([
  ['a minute', 60_000],
  ['two days', 2 * 86_400_000],
  ['ten years', 3_650 * 86_400_000],
])('28: tabs go on sharing where the clock is set back by %s', async (_, ms) => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await read(two)
  await write(one, recordOf({ generation: 1 }))
  vi.setSystemTime(Date.now() - ms)
  const late = memoryStorage()
  expect((await read(late))[0]).toEqual(recordOf({ generation: 1 }))
  await write(late, recordOf({ generation: 2 }))
  await write(one, recordOf({ generation: 3 }))
  for (const tab of [one, two, late]) {
    expect((await read(tab))[0]).toEqual(recordOf({ generation: 3 }))
  }
  await write(two, null)
  for (const tab of [one, two, late]) expect((await read(tab))[0]).toBeNull()
})

test('each write counts more than the one before, whatever chance says', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  await read(one)
  await write(two, recordOf({ generation: 1 }))
  vi.setSystemTime(Date.now() - 100)
  await write(two, recordOf({ generation: 2 }))
  random.mockRestore()
  expect((await read(one))[0]).toEqual(recordOf({ generation: 2 }))
})
