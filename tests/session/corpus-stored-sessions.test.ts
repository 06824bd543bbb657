import { beforeEach, describe, expect, test, vi } from 'vitest'
import { webStorage, type AuthStorage, type SessionRecord } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { readCorpus } from '../support/corpus'
import { fakeWebStorage } from '../support/fake-web-storage'
import { createRecord } from '../support/record'
import { createTestApp, startServer } from '../support/test-app'

/** The API that the sessions are for, and where they are found. */
const API = 'planted'
const KEY = `vue-auth-refresh:auth@${API}`

const corpus = readCorpus('stored-sessions')

/** When the sessions of the corpus are young: they expire an hour later. */
const TODAY = 1_790_000_000_000
const HOUR = 3_600_000

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The same record in the words of this library; what is no record stays as it is. */
function translate(text: string): string {
  const value = parse(text.replace(/^\ufeff/, ''))
  if (typeof value !== 'object' || value === null || !('v' in value)) return text
  const { v, sid, accessToken, refreshToken, expiresAt, sub } = value as Record<string, unknown>
  const record = {
    version: v,
    id: sid,
    generation: 0,
    token: accessToken,
    refreshToken,
    lifetime: HOUR,
    receivedAt: typeof expiresAt === 'number' ? expiresAt - HOUR : expiresAt,
    sub,
  }
  return (text.startsWith('\ufeff') ? '\ufeff' : '') + JSON.stringify(record)
}

const valid: SessionRecord = {
  version: 1,
  id: 's1',
  generation: 0,
  token: 'A1',
  refreshToken: 'R1',
  lifetime: HOUR,
  receivedAt: TODAY,
}

/** Records that this library might have written, but for one thing. */
const ours = [
  { why: 'a polluting record', value: `{"__proto__":${JSON.stringify(valid)}}` },
  { why: 'a record in an array', value: JSON.stringify([valid]) },
  ...Object.entries<unknown[]>({
    version: [0, 2, '1', null, true, undefined],
    id: [1, null, {}, undefined],
    generation: [-1, '0', null, undefined],
    token: ['', 'a b', 'undefined\n', 'a'.repeat(65_537), ['A1'], null, undefined],
    refreshToken: ['', 1, 'a\r\nb', {}, undefined],
    lifetime: [-1, '60', {}, undefined],
    receivedAt: [-1, 'now', null, undefined],
  }).flatMap(([name, values]) =>
    values.map((value) => ({
      why: `${name}: ${JSON.stringify(value)?.slice(0, 20) ?? 'none'}`,
      value: JSON.stringify({ ...valid, [name]: value }),
    })),
  ),
]

interface Planted {
  readonly storage: AuthStorage
  raw(): unknown
}

/** A storage that anyone might have written, over a single value. */
function valueStorage(value: unknown): Planted {
  const stored = createRecord(value)
  return {
    raw: () => stored.value,
    storage: { read: stored.read, update: (_key, change) => stored.update(change) },
  }
}

function plantedWebStorage(text: string): Planted {
  const { items } = fakeWebStorage()
  items.set(KEY, text)
  return { storage: webStorage(), raw: () => items.get(KEY) }
}

const AS_TEXT = 'as text in a storage of one’s own'

const plant: Record<string, (text: string) => Planted> = {
  'in localStorage': plantedWebStorage,
  [AS_TEXT]: valueStorage,
  'as a value in a storage of one’s own': (text) => valueStorage(parse(text)),
}

const prototypeNames = Object.getOwnPropertyNames(Object.prototype)

beforeEach(() => {
  driveClock()
  vi.setSystemTime(TODAY)
})

/** Boots with it, and goes on to sign in: returns what the booted app showed. */
async function boot({ storage }: Planted) {
  const server = await startServer()
  const { store, plugin, api, count } = createTestApp(server, { storage, api: API })
  await plugin.ready
  const { status, token, refreshToken } = store
  expect(server.seen).toHaveLength(0)
  expect(count('restored')).toBe(1)
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototypeNames)

  await store.login({ user: 'ada' })
  expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('ada')
  return { status, token, refreshToken }
}

const ignored = { status: 'anonymous', token: null, refreshToken: null }
const restored = { status: 'authenticated', token: 'A1', refreshToken: 'R1' }

const named = corpus.map(({ value, why }, index) => ({
  value,
  name: `${index + 1}. ${why || value}`,
}))
/** A record is judged by what it says of the session: whose it is and when it was got are only read. */
const stillSessions = ['seconds not ms', 'subject changed behind our back']
const expectedOf = (where: string, name: string) =>
  where !== AS_TEXT && stillSessions.some((why) => name.includes(why)) ? restored : ignored

describe.each(Object.keys(plant))('43: a stored session %s does no harm', (where) => {
  test.each(named)('$name', async ({ value }) => {
    expect(await boot(plant[where]!(value))).toEqual(ignored)
  })

  test.each(named)('in the words of this library: $name', async ({ name, value }) => {
    expect(await boot(plant[where]!(translate(value)))).toEqual(expectedOf(where, name))
  })

  test.each(ours)('$why', async ({ value }) => {
    expect(await boot(plant[where]!(value))).toEqual(ignored)
  })

  test('a valid one is restored, but not from text', async () => {
    const expected = where === AS_TEXT ? ignored : restored

    expect(await boot(plant[where]!(JSON.stringify(valid)))).toEqual(expected)
  })
})

test.each([
  ['without a refresh token', { refreshToken: null }],
  ['without a lifetime', { lifetime: null }],
  ['that was received in the future, by a clock since set back', { receivedAt: TODAY + 24 * HOUR }],
])('a session %s is restored', async (_why, change) => {
  const { status, token } = await boot(valueStorage({ ...valid, ...change }))

  expect([status, token]).toEqual(['authenticated', 'A1'])
})

test('a restored token that has expired is refreshed before the first request, not at boot', async () => {
  const server = await startServer()
  const { storage } = valueStorage({ ...valid, receivedAt: TODAY - HOUR })
  const { api, store, plugin } = createTestApp(server, {
    storage,
    refresh: async () => ({ access_token: 'A2', refresh_token: 'R2', expires_in: 3_600 }),
  })
  await plugin.ready
  expect(store.token).toBe('A1')

  expect((await api.get('/public')).data).toEqual({ authorization: 'Bearer A2' })
})

describe('a record of a future version', () => {
  const future = JSON.stringify({ ...valid, version: 999 })

  test.each(Object.keys(plant))('%s outlives booting and logging out', async (where) => {
    const server = await startServer()
    const { storage, raw } = plant[where]!(future)
    const before = raw()
    const { store, plugin } = createTestApp(server, { storage, api: API })
    await plugin.ready

    await store.logout()

    expect(store.status).toBe('anonymous')
    expect(raw()).toEqual(before)
    expect(server.seen).toHaveLength(0)
  })

  test('outlives a logout that does not wait for it to be read', async () => {
    const server = await startServer()
    const { storage, raw } = valueStorage(parse(future))
    const { store, plugin } = createTestApp(server, { storage, api: API })
    expect(store.status).toBe('restoring')

    await store.logout()
    await plugin.ready

    expect(raw()).toEqual(parse(future))
  })
})

test('a logout that does not wait for the stored session to be read removes it', async () => {
  const server = await startServer()
  const { storage, raw } = valueStorage(valid)
  const { store, plugin } = createTestApp(server, { storage, api: API })

  await store.logout()
  await plugin.ready

  expect(store.status).toBe('anonymous')
  expect(raw()).toBeNull()
})
