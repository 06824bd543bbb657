import { describe, expect, test } from 'vitest'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

const ways: [string, TabsOptions][] = [
  ['IndexedDB', {}],
  ['IndexedDB, on a plain-HTTP origin', { isInsecure: true }],
  ['localStorage', { storage: 'local' }],
  ['localStorage, without BroadcastChannel', { storage: 'local', without: ['BroadcastChannel'] }],
  ['IndexedDB, without BroadcastChannel', { without: ['BroadcastChannel'] }],
  ['memory', { storage: 'memory' }],
]

/** How long news may take to reach another tab, in ms. */
const NEWS = 1_000

const soon = async <Result>(what: Promise<Result>): Promise<Result> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It took longer than a second.')), NEWS)
  })
  return Promise.race([what, late]).finally(() => clearTimeout(timer))
}

describe.each(ways)('a session kept in %s', (_, options) => {
  test('begins in all tabs at once; a login page moves on by itself', async () => {
    const [first, second] = await tabs.open(2, { ...options, path: '/private' })
    await first.arrives('/login?redirect=/private')
    await first.login('ada')
    await soon(second.becomes('authenticated'))
    await soon(second.arrives('/private'))
    expect(await second.user()).toBe('ada')
    expect(await second.token()).toBe(await first.token())
  })

  test('11: ends in all tabs within a second; from protected pages to the login page', async () => {
    const [first, second, third] = await tabs.open(3, options)
    await first.login('ada')
    await Promise.all([second, third].map((tab) => tab.becomes('authenticated')))
    await second.visit('/private')
    await first.logout()
    await soon(Promise.all([second, third].map((tab) => tab.becomes('anonymous'))))
    await soon(second.arrives('/login?redirect=/private'))
    expect(await third.path()).toBe('/')
    for (const tab of [second, third]) {
      expect(await tab.token()).toBeNull()
      expect(await tab.user()).toBeNull()
      expect(await tab.count('session-ended')).toBe(1)
    }
    expect(await second.get('/orders/1')).toMatchObject({ status: 401, code: null })
  })

  test('12: another user’s login ends it first; nothing of the first user is sent as the second', async () => {
    const [first, second] = await tabs.open(2, options)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.visit('/admin')
    const release = tabs.server.hold('/orders/1')
    tabs.server.expireAccessTokens()
    const asked = second.get('/orders/1')
    await tabs.server.sees('/orders/1')
    await first.login('ben')
    await second.tells('session-started', {}, 2)
    release()

    expect(await asked).toMatchObject({ status: 401, code: 'superseded' })
    expect(tabs.server.countOf('/orders/1')).toBe(1)
    expect(await second.user()).toBe('ben')
    expect(await second.events('session-ended')).toMatchObject([{ reason: 'superseded' }])
    // Ben may not stay there.
    await second.arrives('/')
    expect((await second.get('/orders/2')).data).toMatchObject({ user: 'ben' })
  })
})

test('a tab opened beside is signed in although nothing is stored, and none when it is the only one', async () => {
  const [first] = await tabs.open(1, { storage: 'memory' })
  await first.login('ada')
  const [second] = await tabs.open(1, { storage: 'memory', path: '/private' })
  expect(await second.path()).toBe('/private')
  expect(await second.user()).toBe('ada')
  await first.close()
  await second.reload()
  expect(await second.path()).toBe('/login?redirect=/private')
})

test('a session in sessionStorage is one tab’s own', async () => {
  const [first, second] = await tabs.open(2, { storage: 'session' })
  await first.login('ada')
  await second.login('ben')
  expect((await first.get('/orders/1')).data).toMatchObject({ user: 'ada' })
  await first.logout()
  expect((await second.get('/orders/1')).data).toMatchObject({ user: 'ben' })
})

describe('a storage that other code has cleared', () => {
  const clearIndexedDb = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const deletion = indexedDB.deleteDatabase('vue-auth-refresh')
      deletion.addEventListener('success', () => resolve())
      deletion.addEventListener('error', () => reject(deletion.error))
    })

  test.each([{ isInsecure: false }, { isInsecure: true }])(
    'is a logout in every tab, at the next refresh ($isInsecure)',
    async (options) => {
      const [first, second] = await tabs.open(2, options)
      await first.login('ada')
      await second.becomes('authenticated')
      await Promise.all([first.visit('/private'), second.visit('/private')])
      await first.page.evaluate(clearIndexedDb)
      tabs.server.expireAccessTokens()
      expect(await first.get('/orders/1')).toMatchObject({ status: 401, code: 'signed-out' })
      expect(await second.get('/orders/1')).toMatchObject({ status: 401, code: 'signed-out' })
      for (const tab of [first, second]) {
        await tab.arrives('/login?redirect=/private')
        expect(await tab.events('session-ended')).toMatchObject([{ reason: 'signed-out' }])
      }
      expect(tabs.server.countOf('/auth/refresh')).toBe(0)
      await first.login('ada')
      await soon(second.arrives('/private'))
    },
  )

  test('is a logout at the next look, too: when a tab is shown', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    await tab.page.evaluate(clearIndexedDb)
    await tab.freeze()
    await tab.thaw()
    await tab.becomes('anonymous')
  })

  test('is a logout at once in the other tabs, where it is localStorage', async () => {
    const [first, second] = await tabs.open(2, { storage: 'local' })
    await first.login('ada')
    await second.becomes('authenticated')
    await first.page.evaluate(() => localStorage.clear())
    await soon(second.becomes('anonymous'))
    expect(await first.refresh()).toBe('signed-out')
  })

  test('in the middle of an exchange is a logout: its answer is not kept', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    const release = tabs.server.hold('/auth/refresh')
    const refreshed = tab.refresh()
    await tabs.server.sees('/auth/refresh')
    await tab.page.evaluate(clearIndexedDb)
    release()
    expect(await refreshed).toBe('signed-out')
    await tab.reload()
    expect(await tab.status()).toBe('anonymous')
  })
})

test('10: a logout elsewhere, in the middle of an exchange, is not undone by its answer', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  const release = tabs.server.hold('/auth/refresh')
  const refreshed = first.refresh()
  await tabs.server.sees('/auth/refresh')
  await second.logout()
  // At once, however long the exchange may take.
  expect(await soon(refreshed)).toBe('signed-out')
  release()
  const [third] = await tabs.open(1)
  for (const tab of [first, second, third]) expect(await tab.status()).toBe('anonymous')
})

test('13: a login elsewhere, in the middle of an exchange, is not overwritten by its answer', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  const release = tabs.server.hold('/auth/refresh')
  const refreshed = first.refresh()
  await tabs.server.sees('/auth/refresh')
  await second.login('ben')
  expect(await soon(refreshed)).toBe('superseded')
  release()
  const [third] = await tabs.open(1)
  for (const tab of [first, second, third]) {
    await tab.becomes('authenticated')
    expect(await tab.user()).toBe('ben')
  }
})

test('two names on one origin never touch each other’s', async () => {
  const [first, second] = await tabs.open(2)
  const [others, otherElse] = [
    await first.another({ name: 'other' }),
    await second.another({ name: 'other' }),
  ]
  await first.login('ada')
  await others.login('ben')
  await second.becomes('authenticated')
  await otherElse.becomes('authenticated')
  tabs.server.expireAccessTokens()
  const answers = await Promise.all(
    [first, second, others, otherElse].map(async (app) => (await app.get('/orders/1')).data),
  )
  expect(answers).toMatchObject([
    { user: 'ada' },
    { user: 'ada' },
    { user: 'ben' },
    { user: 'ben' },
  ])
  expect(tabs.server.refreshes).toBe(2)
  await first.logout()
  await second.becomes('anonymous')
  expect((await otherElse.get('/orders/1')).data).toMatchObject({ user: 'ben' })
  expect(await others.status()).toBe('authenticated')
})

/** In the page: the id of the stored session. */
const readSessionId = async (): Promise<string> => {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open('vue-auth-refresh')
    opening.addEventListener('success', () => resolve(opening.result))
  })
  const reading = database.transaction('sessions').objectStore('sessions').getAll()
  const [record] = await new Promise<{ id: string }[]>((resolve) => {
    reading.addEventListener('success', () => resolve(reading.result as { id: string }[]))
  })
  database.close()
  return record!.id
}

describe('what comes over the channel', () => {
  const send = (messages: unknown[]): void => {
    for (const topic of [':auth', '/memory', '/spare:auth'].map(
      (end) => `vue-auth-refresh${end}`,
    )) {
      const channel = new BroadcastChannel(topic)
      for (const message of messages) channel.postMessage(message)
    }
  }
  const hostile = [
    null,
    'signed-out',
    { key: 'auth' },
    { key: 'auth', revision: 'NaN', record: 1 },
    { key: 'auth', revision: 1e308, record: null },
    { key: 'auth', revision: Infinity, record: null },
    { key: 'auth', revision: -1, record: null },
    { key: ['auth'], revision: Date.now(), record: null },
    { type: 'session-ended', id: 'x' },
    { since: Infinity, record: null },
    { since: 'NaN', record: { id: 'x', version: 1 } },
    { since: Date.now() + 60_000, record: null },
    { since: Date.now() + 60_000, record: { id: 'x', version: 1, generation: 1, token: 7 } },
    { since: Date.now() + 60_000, record: 'text', isGuess: 'yes' },
    new Map([['token', 'stolen']]),
  ]

  test.each(['indexed-db', 'memory'] as const)(
    'does nothing to a session in %s, whatever it is',
    async (storage) => {
      const [first, second] = await tabs.open(2, { storage })
      await first.login('ada')
      await second.becomes('authenticated')
      await first.page.evaluate(send, hostile)
      expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
      expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
      tabs.server.expireAccessTokens()
      expect(await second.getMany(2)).toEqual([200, 200])
      expect(await first.getMany(2)).toEqual([200, 200])
      expect(tabs.server.refreshes).toBe(1)
      expect(await second.count('session-ended')).toBe(0)
    },
  )

  test('41: holds no token, but for the session that is handed over from memory to memory', async () => {
    const [first, second] = await tabs.open(2)
    await second.page.evaluate(() => {
      const heard: unknown[] = []
      Object.assign(window, { heard })
      for (const topic of [':auth', '/memory', '/spare:auth'].map(
        (end) => `vue-auth-refresh${end}`,
      )) {
        new BroadcastChannel(topic).addEventListener('message', ({ data }) => heard.push(data))
      }
    })
    await first.login('ada')
    await second.becomes('authenticated')
    await first.refresh()
    await second.tells('refresh-succeeded', { adopted: true })
    const id = await first.page.evaluate(readSessionId)
    await first.logout()
    await second.becomes('anonymous')
    const heard = await second.page.evaluate(() => Reflect.get(window, 'heard') as unknown[])
    expect(heard.length).toBeGreaterThanOrEqual(3)
    // The id of a session that is over. A question for what could not be stored is null, as a change is.
    expect(new Set(heard)).toEqual(new Set([null, id]))
  })
})

describe.each<[string, TabsOptions]>([
  ['with a refresh token', {}],
  ['with a refresh token, on a plain-HTTP origin', { isInsecure: true }],
  ['with a cookie', { session: 'refresh-cookie' }],
])('61: a logout in `beforeunload`, %s,', (_, options) => {
  test('holds after the reload; of the cookie the server hears', async () => {
    const [tab] = await tabs.open(1, { ...options, path: '/private' })
    await tab.login('ada')
    await tab.arrives('/private')
    await tab.run(({ store }) => addEventListener('beforeunload', () => void store.logout()))
    await tab.reload()
    expect([await tab.status(), await tab.token()]).toEqual(['anonymous', null])
    if (options.session) await tabs.server.answers('/cookie/logout')
    await tab.reload()
    expect(await tab.status()).toBe('anonymous')
  })
})
