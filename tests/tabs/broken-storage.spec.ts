import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

const WARNING = /\[vue-auth-refresh\] Storage failed/

/** In the page: records cannot be written any more, but removed. */
function fillUp(): void {
  const full = (): never => {
    throw new DOMException('The disk is full.', 'QuotaExceededError')
  }
  const { put } = IDBObjectStore.prototype
  const { setItem } = Storage.prototype
  IDBObjectStore.prototype.put = Storage.prototype.setItem = full
  Object.assign(window, {
    makeRoom() {
      IDBObjectStore.prototype.put = put
      Storage.prototype.setItem = setItem
    },
  })
}

/** In the page: takes back what `fillUp` did. */
const makeRoom = (): void => Reflect.get(window, 'makeRoom')()

describe.each(['indexed-db', 'local'] as const)('55: a full disk under storage %s', (storage) => {
  test('2: no spent refresh token is sent; the tabs go on together, and with one that opens later', async () => {
    const [first, second] = await tabs.open(2, { storage })
    await first.login('ada')
    await second.becomes('authenticated')
    tabs.expectComplaint(WARNING)
    for (const tab of [first, second]) await tab.page.evaluate(fillUp)
    for (let expiry = 1; expiry <= 2; expiry++) {
      tabs.server.expireAccessTokens()
      for (const tab of [first, second]) {
        expect(await tab.get('/orders/1')).toMatchObject({ status: 200 })
      }
      await first.tells('refresh-succeeded', {}, expiry)
      await second.tells('refresh-succeeded', {}, expiry)
    }
    expect(tabs.server.refreshes).toBe(2)
    expect(tabs.server.reusedTokens).toBe(0)

    const [third] = await tabs.open(1, { storage })
    await third.becomes('authenticated')
    expect(await third.refresh()).toBeNull()
    expect(tabs.server.reusedTokens).toBe(0)
    await second.logout()
    await first.becomes('anonymous')
    await third.becomes('anonymous')
  })

  test('the session is stored again once there is room', async () => {
    const [first] = await tabs.open(1, { storage })
    await first.login('ada')
    tabs.expectComplaint(WARNING)
    await first.page.evaluate(fillUp)
    expect(await first.refresh()).toBeNull()
    await first.page.evaluate(makeRoom)
    expect(await first.refresh()).toBeNull()
    await first.reload()
    expect(await first.status()).toBe('authenticated')
    expect(await first.refresh()).toBeNull()
    expect(tabs.server.reusedTokens).toBe(0)
  })
})

test('55: on a full disk without Web Locks, one tab goes on, and with its lease again once there is room', async () => {
  const [first] = await tabs.open(1, { isInsecure: true })
  await first.login('ada')
  tabs.expectComplaint('[vue-auth-refresh] Storage failed')
  tabs.expectComplaint('[vue-auth-refresh] Tabs cannot be kept apart')
  await first.page.evaluate(fillUp)
  for (let expiry = 1; expiry <= 2; expiry++) {
    tabs.server.expireAccessTokens()
    expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
  }
  await first.page.evaluate(makeRoom)
  expect(await first.refresh()).toBeNull()
  await first.reload()
  expect(await first.refresh()).toBeNull()
  expect(tabs.server.reusedTokens).toBe(0)
})

/** In the page: databases open only once `openDatabases()` is called. */
function delayDatabases(): void {
  const { open } = IDBFactory.prototype
  let letOpen!: () => void
  const opened = new Promise<void>((resolve) => (letOpen = resolve))
  Object.assign(window, { openDatabases: letOpen })
  IDBFactory.prototype.open = function (this: IDBFactory, ...args) {
    const late = {} as IDBOpenDBRequest
    void opened.then(() => {
      const request = open.apply(this, args)
      const forward = (type: 'onsuccess' | 'onerror' | 'onupgradeneeded') => (event: Event) => {
        Object.defineProperty(late, 'result', { get: () => request.result, configurable: true })
        late[type]?.(event as never)
      }
      request.onsuccess = forward('onsuccess')
      request.onerror = forward('onerror')
      request.onupgradeneeded = forward('onupgradeneeded') as never
    })
    return late
  }
}

const openDatabases = (): void => Reflect.get(window, 'openDatabases')()

describe('55: a database that opens after the start', () => {
  test('brings its session, without a reload', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.page.close()
    tabs.expectComplaint(WARNING)
    const [second] = await tabs.open(1, { path: '/private', before: delayDatabases })
    expect(await second.status()).toBe('anonymous')
    expect(await second.path()).toBe('/login?redirect=/private')
    await second.page.evaluate(openDatabases)
    await second.becomes('authenticated')
    await second.arrives('/private')
    expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
  })

  test.each([
    ['13: a login', 'authenticated', 'grace'],
    ['10: a logout', 'anonymous', null],
  ] as const)('does not bring it back after %s', async (_, status, user) => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.page.close()
    tabs.expectComplaint(WARNING)
    const [second] = await tabs.open(1, { before: delayDatabases })
    await (user ? second.login(user) : second.logout())
    await second.page.evaluate(openDatabases)
    const [third] = await tabs.open(1)
    await expect.poll(() => third.user()).toBe(user)
    expect([await second.status(), await second.user()]).toEqual([status, user])
  })
})

test('55: a database that is deleted in the middle is a logout, and stores the next login', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  const session = await first.page.context().newCDPSession(first.page)
  await session.send('Storage.clearDataForOrigin', {
    origin: tabs.origin,
    storageTypes: 'indexeddb,local_storage',
  })
  tabs.server.expireAccessTokens()
  expect(await first.get('/orders/1')).toMatchObject({ code: 'signed-out' })
  expect(await second.get('/orders/1')).toMatchObject({ code: 'signed-out' })
  expect(tabs.server.refreshes).toBe(0)
  await second.login('grace')
  await first.becomes('authenticated')
  await first.reload()
  expect(await first.user()).toBe('grace')
})

/** In the page: records can be read, but neither written nor removed any more. */
function freezeStorage(): void {
  const refuse = (): never => {
    throw new DOMException('The storage refuses.', 'UnknownError')
  }
  Object.assign(IDBObjectStore.prototype, { put: refuse, delete: refuse })
  const { setItem, removeItem } = Storage.prototype
  Object.assign(Storage.prototype, {
    setItem(this: Storage, key: string, text: string) {
      return key.startsWith('vue-auth-refresh:') ? refuse() : setItem.call(this, key, text)
    },
    removeItem(this: Storage, key: string) {
      return key.startsWith('vue-auth-refresh:') ? refuse() : removeItem.call(this, key)
    },
  })
}

describe.each(['indexed-db', 'local'] as const)(
  '55: a storage %s that can neither write nor remove',
  (storage) => {
    test('2: no spent refresh token is sent, nor a session lost: the tabs tell each other', async () => {
      const all = await tabs.open(3, { storage })
      await all[0].login('ada')
      tabs.expectComplaint(WARNING)
      for (const tab of all) {
        await tab.becomes('authenticated')
        await tab.page.evaluate(freezeStorage)
      }
      for (let expiry = 1; expiry <= 2; expiry++) {
        tabs.server.expireAccessTokens()
        for (const tab of all) expect(await tab.get('/orders/1')).toMatchObject({ status: 200 })
        expect(tabs.server.refreshes).toBe(expiry)
      }
      await all[1].login('grace')
      for (const tab of all) await expect.poll(() => tab.user()).toBe('grace')
      expect(tabs.server.reusedTokens).toBe(0)
    })
  },
)

describe.each(['indexed-db', 'local'] as const)(
  '61: a logout while storage %s can neither write nor remove',
  (storage) => {
    test('holds after a reload, and in the other tabs', async () => {
      const [first, second] = await tabs.open(2, { storage })
      await first.login('ada')
      await second.becomes('authenticated')
      for (const tab of [first, second]) {
        tabs.expectComplaint(WARNING)
        await tab.page.evaluate(freezeStorage)
      }
      await first.logout()
      await second.becomes('anonymous')
      await first.reload()
      await second.reload()
      expect([await first.status(), await second.status()]).toEqual(['anonymous', 'anonymous'])
    })

    test('10: of one tab holds there and in the others, though its memory has newer tokens', async () => {
      const [first, second, third] = await tabs.open(3, { storage })
      await first.login('ada')
      await second.becomes('authenticated')
      await third.becomes('authenticated')
      tabs.expectComplaint(WARNING)
      await first.page.evaluate(freezeStorage)
      expect(await first.refresh()).toBeNull()
      await second.logout()
      await third.becomes('anonymous')
      await first.becomes('anonymous')
      await third.hide()
      await third.show()
      expect(await third.get('/orders/1')).toMatchObject({ status: 401 })
      await second.reload()
      const all = [await first.status(), await second.status(), await third.status()]
      expect(all).toEqual(['anonymous', 'anonymous', 'anonymous'])
      await third.login('grace')
      await second.becomes('authenticated')
      expect(await second.user()).toBe('grace')
    })
  },
)
