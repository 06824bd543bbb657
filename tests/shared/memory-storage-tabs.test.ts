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
  const far = Date.now() + 2 * 86_400_000
  for (const data of [
    null,
    'text',
    {},
    { key: 1, revision: far },
    { key: 'key', revision: 'soon', record: 'planted' },
    { key: 'key', revision: 1, record: 'planted' },
    { key: 'key', revision: far, record: 'planted' },
  ]) {
    stranger.postMessage(data)
  }
  await vi.advanceTimersByTimeAsync(0)
  expect((await read(tab))[0]).toEqual(recordOf())
})
