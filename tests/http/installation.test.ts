import axios, { type InternalAxiosRequestConfig } from 'axios'
import { beforeEach, expect, test, vi } from 'vitest'
import { expectWarning } from '../setup/console'
import { claim } from '../../src/http/installation'
import { ordersOfThree } from '../support/orders'

/** An instance that sends nothing, and claims that note whom it asked. */
function createWorld() {
  const asked: string[] = []
  const api = axios.create({
    adapter: async (config) => ({ data: 1, status: 200, statusText: '', headers: {}, config }),
  })
  const wrapOf =
    (name: string) =>
    (_config: InternalAxiosRequestConfig): false => {
      asked.push(name)
      return false
    }
  return { api, asked, claimAs: (name: string) => claim(api, 'auth', wrapOf(name)), wrapOf }
}

interface List {
  handlers?: unknown
  use(fulfilled: <Value>(value: Value) => Value): number
}
/** The interceptors in a list, as an app can reach them. */
const handlersOf = (list: object): unknown[] => (list as { handlers: unknown[] }).handlers

beforeEach(() => {
  vi.stubGlobal('window', {})
  return () => vi.unstubAllGlobals()
})

test('a claim is asked synchronously inside each call', async () => {
  const { api, asked, claimAs } = createWorld()
  claimAs('one')
  const sending = api.get('/a')
  expect(asked).toEqual(['one'])
  await sending
})

test('47: of several claims the newest serves, and whichever goes, the others go on', async () => {
  for (const order of ordersOfThree) {
    const { api, asked, claimAs } = createWorld()
    const names = ['first', 'second', 'third']
    const releases = names.map(claimAs)
    const left = [...names]
    await api.get('/a')
    for (const index of order) {
      releases[index]!()
      left.splice(left.indexOf(names[index]!), 1)
      asked.length = 0
      await api.get('/a')
      expect(asked, `${order.join()} after ${index}`).toEqual(left.slice(-1))
    }
  }
})

test('47: a plugin that no app uses yet takes the instance from no other', async () => {
  const { api, asked, wrapOf } = createWorld()
  claim(api, 'auth', wrapOf('early'), false)
  const release = claim(api, 'auth', wrapOf('installed'))
  claim(api, 'auth', wrapOf('later'), false)
  await api.get('/a')
  release()
  await api.get('/a')
  expect(asked).toEqual(['installed', 'later'])
})

test('letting go twice takes nothing from the others', async () => {
  const { api, asked, claimAs } = createWorld()
  claimAs('stays')
  const release = claimAs('goes')
  release()
  release()
  await api.get('/a')
  expect(asked).toEqual(['stays'])
})

test('after the last claim, the instance is as before', async () => {
  const { api, asked, claimAs } = createWorld()
  const lists = [api.interceptors.request, api.interceptors.response]
  const clears = lists.map(({ clear }) => clear)
  const keys = Reflect.ownKeys(api)
  const releases = [claimAs('one'), claimAs('two')]
  lists.forEach((list) => list.clear())
  releases.forEach((release) => release())

  expect(Reflect.ownKeys(api)).toEqual(keys)
  expect(lists.map(({ clear }) => clear)).toEqual(clears)
  expect(lists.flatMap(handlersOf)).toEqual([])
  await api.get('/a')
  expect(asked).toEqual([])
})

test('a `clear` that the app has put there since stays', () => {
  const { api, claimAs } = createWorld()
  const release = claimAs('one')
  const own = (): void => {}
  api.interceptors.request.clear = own
  release()
  expect(api.interceptors.request.clear).toBe(own)
})

test('a claim for another session is refused until the last one goes', () => {
  const { api, claimAs, wrapOf } = createWorld()
  const release = claimAs('one')
  const claimForAdmin = () => claim(api, 'admin', wrapOf('admin'))
  expect(claimForAdmin).toThrow('belongs to the session "auth"; make one for "admin"')
  release()
  expect(claimForAdmin).not.toThrow()
})

test('46: on a server, a second claim is refused, and one after the first is warned of once, both with the cure', () => {
  vi.stubGlobal('window', undefined)
  const { claimAs } = createWorld()
  const release = claimAs('ada')
  expect(() => claimAs('grace')).toThrow('write `axios: () => axios.create(…)`')
  release()
  expectWarning(
    'A late request of the earlier one would be sent as the user of the later. ' +
      'On a server, write `axios: () => axios.create(…)`',
  )
  expect(() => claimAs('grace')()).not.toThrow()
  expect(() => claimAs('ben')).not.toThrow()
})

test('46: in a page, one after the other may use the instance, without a warning', () => {
  const { claimAs } = createWorld()
  for (const name of ['ada', 'grace']) claimAs(name)()
})

test('49: an app that clears its interceptors does not lose this one', async () => {
  const { api, asked, claimAs } = createWorld()
  const own = vi.fn((config: InternalAxiosRequestConfig) => config)
  const release = claimAs('one')
  api.interceptors.request.use(own)

  api.interceptors.request.clear()
  api.interceptors.request.clear()
  await api.get('/a')
  expect([asked, own.mock.calls.length]).toEqual([['one'], 0])

  const kept = vi.fn((config: InternalAxiosRequestConfig) => config)
  api.interceptors.request.use(kept)
  release()
  await api.get('/a')
  expect([asked, kept.mock.calls.length]).toEqual([['one'], 1])
})

test.each<[string, (list: List) => unknown]>([
  ['emptied', (list) => (handlersOf(list).length = 0)],
  ['replaced', (list) => (list.handlers = [])],
  ['shortened', (list) => handlersOf(list).shift()],
])('45: an app that has %s the list of interceptors keeps those it adds', (_how, change) => {
  const { api, claimAs } = createWorld()
  const release = claimAs('one')
  const lists: List[] = [api.interceptors.request, api.interceptors.response]
  const own = <Value>(value: Value): Value => value
  for (const list of lists) {
    change(list)
    list.use(own)
  }
  release()
  expect(lists.flatMap(handlersOf)).toMatchObject([{ fulfilled: own }, { fulfilled: own }])
})

test('45: the handler can be called by an app that walks the list of handlers', () => {
  const { api, claimAs } = createWorld()
  claimAs('one')
  const { handlers } = api.interceptors.request as unknown as {
    handlers: { fulfilled(config: object): unknown }[]
  }
  const config = { headers: {} }
  expect(handlers.map(({ fulfilled }) => fulfilled(config))).toEqual([config])
})
