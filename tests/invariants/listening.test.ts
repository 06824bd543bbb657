import axios, { type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isReactive, reactive } from 'vue'
import type { AuthEvent, AuthOptions } from 'vue-auth-refresh'
import { createTestApp, type TestApp } from '../support/test-app'

type RequestEvent = Extract<AuthEvent, { path: string }>

const origin = 'https://api.test'
const isOfRequest = (event: AuthEvent): event is RequestEvent => 'path' in event

const answer = (config: InternalAxiosRequestConfig): AxiosResponse => ({
  config,
  data: {},
  headers: {},
  status: 200,
  statusText: 'OK',
})

/** An app whose user is signed in, over an adapter that answers at once. */
async function createApp(
  onEvent: NonNullable<AuthOptions['onEvent']>,
  adapter = async (config: InternalAxiosRequestConfig) => answer(config),
): Promise<TestApp> {
  const api = axios.create({ baseURL: origin, adapter })
  const app = createTestApp({ origin }, { axios: api, onEvent })
  await app.store.setSession({ access_token: 'A1', refresh_token: 'R1', expires_in: 3600 })
  return app
}

/** Counts the URLs that are parsed until the test is over. */
function watchUrls(): () => number {
  let parsed = 0
  const RealUrl = URL
  vi.stubGlobal(
    'URL',
    class extends RealUrl {
      constructor(...args: ConstructorParameters<typeof RealUrl>) {
        parsed++
        super(...args)
      }
    },
  )
  onTestFinished(() => void vi.unstubAllGlobals())
  return () => parsed
}

/** The events of these requests, none of them read yet. */
async function record(ask: (app: TestApp) => Promise<unknown>): Promise<RequestEvent[]> {
  const events: RequestEvent[] = []
  const app = await createApp((event) => isOfRequest(event) && events.push(event))
  await ask(app)
  return events
}

const recordOne = async (): Promise<RequestEvent> => {
  const [event] = await record(({ api }) => api.get('/orders?token=secret#top'))
  if (!event) throw new Error('No event was told.')
  return event
}

const plain = {
  type: 'request-sent',
  authenticated: true,
  request: 1,
  method: 'GET',
  path: '/orders',
  at: expect.any(Number) as number,
}

describe('58: listening costs next to nothing', () => {
  test('a listener that reads nothing has no URL built or parsed in a thousand requests', async () => {
    const onEvent = vi.fn()
    const { api } = await createApp(onEvent)
    const getUri = vi.spyOn(api, 'getUri')
    const parsed = watchUrls()
    onEvent.mockClear()
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => api.get(`/orders/${n}`)))
    expect(onEvent).toHaveBeenCalledTimes(1_000)
    expect(getUri).not.toHaveBeenCalled()
    expect(parsed()).toBe(0)
  })

  test('a listener that reads the path has one URL built and parsed for each event', async () => {
    const paths: string[] = []
    const { api } = await createApp((event) => {
      if (isOfRequest(event)) paths.push(event.path, event.path)
    })
    const getUri = vi.spyOn(api, 'getUri')
    const parsed = watchUrls()
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => api.get(`/orders/${n}`)))
    expect(paths).toHaveLength(2_000)
    expect(paths.slice(-2)).toEqual(['/orders/999', '/orders/999'])
    expect(getUri).toHaveBeenCalledTimes(1_000)
    expect(parsed()).toBe(1_000)
  })
})

describe('an event that is read later', () => {
  test('has the path and the method of its time, whatever became of the config', async () => {
    const events: RequestEvent[] = []
    const { api } = await createApp(
      (event) => isOfRequest(event) && events.push(event),
      async (config) => {
        Object.assign(config, { url: '/changed', baseURL: 'https://other.test/v2', method: 'put' })
        return answer(config)
      },
    )
    await api.get('/orders')
    api.defaults.baseURL = 'https://moved.test/v3'
    await api.post('orders/7')
    expect(events.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/orders'],
      ['POST', '/v3/orders/7'],
    ])
  })

  test('has the path that was relative to the page of its time', async () => {
    vi.stubGlobal('location', { href: 'https://app.test/shop/cart' })
    onTestFinished(() => void vi.unstubAllGlobals())
    const [event] = await record(({ api }) => api.get('orders', { baseURL: '' }))
    vi.stubGlobal('location', { href: 'https://app.test/' })
    expect(event?.path).toBe('/shop/orders')
  })

  test('has a path of its own for each send of a request', async () => {
    const events = await record(async ({ api }) => {
      const { config } = await api.get('/orders')
      config.url = '/archive'
      await api.request(config)
    })
    expect(events.map(({ path }) => path)).toEqual(['/orders', '/archive'])
  })

  test('has an empty path where axios accepts no URL', async () => {
    const [event] = await record(({ api }) =>
      api.get('https:/orders?token=secret', { skipAuth: true }),
    )
    expect(event?.path).toBe('')
  })
})

describe('an event of a request works like a plain object', () => {
  test.each<[string, (event: RequestEvent) => unknown]>([
    ['as it is', (event) => event],
    ['spread', (event) => ({ ...event })],
    ['assigned', (event) => Object.assign({}, event)],
    ['as JSON', (event) => JSON.parse(JSON.stringify(event)) as unknown],
    ['as a structured clone', (event) => structuredClone(event)],
    ['by its entries', (event) => Object.fromEntries(Object.entries(event))],
    ['without its time', ({ at, ...rest }) => ({ ...rest, at })],
    ['frozen', (event) => Object.freeze(event)],
  ])('%s', async (_name, use) => {
    expect(use(await recordOne())).toStrictEqual(plain)
  })

  test('posted to a worker or another tab', async () => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const received = new Promise((resolve) => {
      port2.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data)
    })
    port1.postMessage(await recordOne())
    expect(await received).toStrictEqual(plain)
  })

  test('inside reactive state, and as the prototype of another object', async () => {
    const state = reactive({ events: [await recordOne()] })
    expect(isReactive(state.events[0])).toBe(true)
    expect(state.events[0]?.path).toBe('/orders')
    const derived = Object.create(await recordOne()) as RequestEvent
    expect(derived.path).toBe('/orders')
  })

  test('its keys are those of its members', async () => {
    expect(Object.keys(await recordOne()).toSorted()).toEqual(Object.keys(plain).toSorted())
  })

  test('41: nothing else is to be found in it: no config, no query, no token', async () => {
    const event = await recordOne()
    const members = Reflect.ownKeys(event).map((key): unknown => Reflect.get(event, key))
    const found = members.map((value) =>
      typeof value === 'function' ? (Reflect.apply(value, event, []) as unknown) : value,
    )
    expect(new Set(found)).toEqual(new Set(Object.values({ ...event })))
    expect(String(found)).not.toMatch(/secret|A1/)
  })
})
