import { describe, expect, test, vi } from 'vitest'
import { webStorage } from 'vue-auth-refresh'
import { fakeWebStorage } from '../support/fake-web-storage'
import { describeStorage, recordOf } from '../support/storage-contract'

const KEY = 'vue-auth-refresh:key'

describeStorage('webStorage()', () => {
  fakeWebStorage()
  return webStorage()
})

describeStorage("webStorage('session')", () => {
  fakeWebStorage('sessionStorage')
  return webStorage('session')
})

test('the record is JSON, under a key that other code will not hit by chance', async () => {
  const { items } = fakeWebStorage()

  await webStorage().update('key', () => recordOf())

  expect([...items.keys()]).toEqual([KEY])
  expect(JSON.parse(items.get(KEY)!)).toEqual(recordOf())
})

test('the two kinds do not mix', async () => {
  fakeWebStorage('localStorage')
  fakeWebStorage('sessionStorage')
  await webStorage('local').update('key', () => recordOf())

  expect(await webStorage('session').read('key')).toBeNull()
})

test('a read sees the write of another tab', async () => {
  const { items } = fakeWebStorage()
  const storage = webStorage()
  await storage.update('key', () => recordOf())

  items.set(KEY, JSON.stringify(recordOf({ generation: 7 })))

  expect(await storage.read('key')).toEqual(recordOf({ generation: 7 }))
})

test('text that is no JSON is read as it is, and left to the caller to refuse', async () => {
  fakeWebStorage().items.set(KEY, '{"half')

  expect(await webStorage().read('key')).toBe('{"half')
})

describe('the storage rejects, so that memory can take over', () => {
  test('where the mere access throws, as in a sandboxed frame', async () => {
    vi.stubGlobal('localStorage', undefined)
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      },
    })
    try {
      const storage = webStorage()
      await expect(storage.read('key')).rejects.toThrow('insecure')
      await expect(storage.update('key', () => recordOf())).rejects.toThrow('insecure')
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test.each(['getItem', 'setItem'] as const)('where %s throws', async (method) => {
    const area = fakeWebStorage()
    area[method] = () => {
      throw new DOMException('No.', 'QuotaExceededError')
    }

    await expect(webStorage().update('key', () => recordOf())).rejects.toThrow('No.')
  })

  test('where removeItem throws', async () => {
    const area = fakeWebStorage()
    await webStorage().update('key', () => recordOf())
    area.removeItem = () => {
      throw new DOMException('No.', 'InvalidStateError')
    }

    await expect(webStorage().update('key', () => null)).rejects.toThrow('No.')
  })

  test.each([
    ['drops the record without a word', () => {}],
    ['keeps another', (area: { items: Map<string, string> }) => area.items.set(KEY, '{}')],
  ])('where setItem %s', async (_what, write) => {
    const area = fakeWebStorage()
    area.setItem = () => {
      write(area)
    }

    await expect(webStorage().update('key', () => recordOf())).rejects.toThrow(/kept|keep/)
  })
})
