import axios, {
  AxiosError,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail } from '../../src/events'
import { authenticate, type AuthenticateOptions } from '../../src/http/authenticate'
import { defaultOptions } from '../../src/options'
import { claim } from '../../src/http/installation'
import { createOwnCalls } from '../../src/calls/own-calls'
import type { OperationRequest } from '../../src/session/operation'
import type { Live, Requests } from '../../src/session/requests'
import { toSession, type Session } from '../../src/session/session'
import { driveClock } from '../support/clock'
import { createLatch } from '../../src/utils/waiting'

const sessionOf = (token: string, previous?: Session) =>
  toSession({ token, refreshToken: 'refresh', expiresIn: null, scope: null }, previous)

const first = sessionOf('access-1')
const second = sessionOf('access-2', first)
const ofAnother = sessionOf('access-3')

interface Sent {
  readonly url: string | undefined
  readonly authorization: unknown
  readonly config: InternalAxiosRequestConfig
}

/** Options of an application that sets none: no call is the library’s own. */
const plain = {
  isExpired: defaultOptions.isExpired,
  attach: defaultOptions.attach,
  nextNumber: () => 1,
  ownCalls: createOwnCalls<true>(),
  requestsOfFetchUser: () => undefined,
}

/** Axios over an adapter that answers as the test says, and a session in the test's hands. */
function createWorld(
  options: Partial<AuthenticateOptions> = {},
  defaults: AxiosRequestConfig = {},
) {
  const sent: Sent[] = []
  const answers: (number | Partial<AxiosResponse> | Error)[] = []
  const adapter = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    sent.push({ url: config.url, authorization: config.headers.get('Authorization'), config })
    // The Node adapter writes headers, too.
    config.headers.set('X-Written', 'yes')
    const answer = answers.shift() ?? 200
    if (answer instanceof Error) throw answer
    const rest = typeof answer === 'number' ? { status: answer } : answer
    const response = { data: 'x', status: 200, statusText: '', headers: {}, config, ...rest }
    const isFine = (config.validateStatus ?? (() => true))(response.status)
    if (isFine) return response
    throw new AxiosError('refused', 'ERR_BAD_REQUEST', config, undefined, response)
  }
  const state = {
    session: first as Session | null,
    /** Settles once it is known who is signed in; undefined where that is known. */
    known: undefined as Promise<void> | undefined,
  }
  const requests = {
    ownerNow: vi.fn(
      (_isFromFetchUser: boolean) => state.session?.id ?? (state.known ? undefined : null),
    ),
    whenRead: async () => {},
    whenKnown: vi.fn(() => state.known),
    current: vi.fn(() => state.session),
    whileInUse: async (_session: Session, work: unknown) => work,
    isRefreshing: () => false,
    hasLeft: () => false,
    lossReason: vi.fn(() => new AuthError('superseded')),
    acquire: vi.fn((owner: string): Live => {
      if (state.session?.id !== owner) throw requests.lossReason()
      return state.session
    }),
    stepUp: () => null,
    recover: vi.fn(
      (_used: Session, _request: OperationRequest, _waited: number): Live | null => null,
    ),
    accepted: vi.fn<Requests['accepted']>(),
    replayDenied: vi.fn<Requests['replayDenied']>(),
  } satisfies Requests
  const api = axios.create({ baseURL: 'https://api.test/v1', adapter, ...defaults })
  const events: AuthEventDetail[] = []
  let number = 0
  const wrap = authenticate(api, () => requests, {
    ...plain,
    emit: (event) => events.push(event),
    nextNumber: () => ++number,
    ...options,
  })
  claim(api, 'auth', wrap)
  return { api, requests, state, sent, answers, events, adapter, options }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
const failureOf = (request: Promise<unknown>): Promise<AxiosError> =>
  request.then(
    () => {
      throw new Error('It did not fail.')
    },
    (error: AxiosError) => error,
  )
/** Holds requests up on their way to the wire, as an asynchronous interceptor does. */
function delay(api: AxiosInstance): () => void {
  let release!: () => void
  const released = new Promise<void>((resolve) => (release = resolve))
  api.interceptors.request.use(async (config) => {
    await released
    return config
  })
  return release
}

const info = { method: 'GET', path: '/v1/orders' }

describe('a request', () => {
  test('carries the token, and the config is as before once it is answered', async () => {
    const { api, requests, sent, events } = createWorld()
    const { config } = await api.get('/orders')
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1'])
    expect(config.headers.has('Authorization')).toBe(false)
    expect(config.headers.has('X-Written')).toBe(false)
    expect(config.headers).toBeInstanceOf(AxiosHeaders)
    expect(requests.accepted.mock.calls).toEqual([[first]])
    expect(events).toEqual([{ type: 'request-sent', authenticated: true, request: 1, ...info }])
  })

  test('may carry it as the application likes, which sees no headers but a copy', async () => {
    const attach = vi.fn((config: InternalAxiosRequestConfig, token: string) => {
      config.headers.set('X-Token', token)
      config.params = { token }
    })
    const { api, sent } = createWorld({ attach })
    const { config } = await api.get('/orders')
    expect(sent[0]!.config.headers.get('X-Token')).toBe('access-1')
    expect(sent[0]!.authorization).toBeUndefined()
    expect(sent[0]!.config.params).toEqual({ token: 'access-1' })
    expect(config.headers.has('X-Token')).toBe(false)
    expect(config.params).toBeUndefined()
  })

  test.each<[string, AxiosRequestConfig]>([
    ['with skipAuth', { skipAuth: true }],
    ['with a user name of its own', { auth: { username: 'u', password: 'p' } }],
    ['with an Authorization of its own', { headers: { Authorization: 'mine' } }],
    ['to another origin', { baseURL: 'https://evil.test' }],
  ])('%s is left alone', async (_, config) => {
    const { api, requests, sent, events } = createWorld()
    await api.get('/orders', config)
    expect(sent[0]!.authorization).not.toBe('Bearer access-1')
    expect(requests.acquire).not.toHaveBeenCalled()
    expect(requests.accepted).not.toHaveBeenCalled()
    expect(events).toMatchObject([{ type: 'request-sent', authenticated: false, request: 1 }])
  })

  test('with skipAuth: false is not', async () => {
    const { api, sent } = createWorld()
    await api.get('/orders', { skipAuth: false })
    expect(sent[0]!.authorization).toBe('Bearer access-1')
  })

  test('without a user goes without a token', async () => {
    const { api, state, sent, requests, events } = createWorld()
    state.session = null
    await api.get('/orders')
    expect(sent[0]!.authorization).toBeUndefined()
    expect(requests.acquire).not.toHaveBeenCalled()
    expect(events).toEqual([{ type: 'request-sent', authenticated: false, request: 1, ...info }])
  })

  test('without a user stays without one when a user signs in before it is sent', async () => {
    const { api, state, sent } = createWorld()
    state.session = null
    const release = delay(api)
    const sending = api.get('/orders')
    state.session = first
    release()
    await sending
    expect(sent[0]!.authorization).toBeUndefined()
  })

  test('that is made before it is known who is signed in waits for that', async () => {
    const { api, state, sent } = createWorld()
    let tell!: () => void
    state.session = null
    state.known = new Promise((resolve) => (tell = resolve))
    const sending = api.get('/orders')
    await settled()
    expect(sent).toEqual([])
    state.session = first
    tell()
    await sending
    expect(sent[0]!.authorization).toBe('Bearer access-1')
  })

  test('that turns out to be without a user goes without a token', async () => {
    const { api, state, sent, requests } = createWorld()
    const latch = createLatch()
    state.session = null
    state.known = latch.opened
    const sending = api.get('/orders')
    await settled()
    expect([sent, requests.whenKnown.mock.calls]).toEqual([[], [[]]])
    // Reading again may be under way by then.
    latch.open()
    await sending
    expect(sent[0]!.authorization).toBeUndefined()
    expect(requests.acquire).not.toHaveBeenCalled()
  })

  test('belongs to the session in use where fetchUser sends it', async () => {
    const { api, requests } = createWorld({
      requestsOfFetchUser: ({ url }) => (url === '/me' ? requests : undefined),
    })
    await api.get('/orders')
    await api.get('/me')
    expect(requests.ownerNow.mock.calls).toEqual([[false], [true]])
  })

  test('39: that fails for another reason than its session gets that failure as it is', async () => {
    const { api, requests, sent } = createWorld()
    const reason = new TypeError('odd')
    requests.acquire.mockImplementation(() => {
      throw reason
    })
    expect(await failureOf(api.get('/orders'))).toBe(reason)
    expect(sent).toEqual([])
  })

  test('17: that is aborted while it waits for that is not sent', async () => {
    const { api, state, sent } = createWorld()
    state.session = null
    state.known = new Promise(() => {})
    const controller = new AbortController()
    const failure = failureOf(api.get('/orders', { signal: controller.signal }))
    await settled()
    controller.abort()
    expect(axios.isCancel(await failure)).toBe(true)
    expect(sent).toEqual([])
  })
})

describe('12: a request of one session is not sent under another', () => {
  test('that has taken its place before the wire', async () => {
    const { api, state, sent, requests, events } = createWorld()
    const release = delay(api)
    const failure = failureOf(api.get('/orders'))
    state.session = ofAnother
    release()
    const error = await failure
    expect(error).toBeInstanceOf(AxiosError)
    expect(error).toMatchObject({ code: 'superseded', cause: { code: 'superseded' } })
    expect(error.config?.url).toBe('/orders')
    // It asks for its own session, not for the one in use, and does not wait.
    expect(requests.acquire.mock.calls).toEqual([[first.id, { isOneShot: false }]])
    expect([sent, events]).toEqual([[], []])
  })

  test('nor without one, where it has ended meanwhile', async () => {
    const { api, requests, state, sent } = createWorld()
    requests.acquire.mockImplementationOnce(async () => {
      state.session = null
      return first
    })
    await expect(api.get('/a')).rejects.toMatchObject({ cause: { code: 'superseded' } })
    expect(sent).toEqual([])
  })

  test('that has taken its place while it waited', async () => {
    const { api, state, sent, requests } = createWorld()
    requests.acquire.mockImplementationOnce(async () => {
      state.session = ofAnother
      return second
    })
    expect(await failureOf(api.get('/orders'))).toMatchObject({ code: 'superseded' })
    expect(sent).toEqual([])
  })

  test('but under the next one of the same user, where that has taken its place while it waited', async () => {
    const { api, state, sent, requests } = createWorld()
    requests.acquire
      .mockImplementationOnce(async () => {
        state.session = null
        return second
      })
      .mockImplementationOnce(async () => {
        state.session = ofAnother
        return ofAnother
      })
    await api.get('/orders')
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-3'])
    expect(requests.acquire.mock.calls.map(([owner]) => owner)).toEqual([first.id, first.id])
  })
})

describe('a request that has to wait', () => {
  test('is told of, and goes with the token that comes', async () => {
    const { api, requests, sent, events } = createWorld()
    requests.acquire.mockResolvedValue(second)
    await api.get('/orders')
    expect(requests.acquire.mock.calls).toEqual([[first.id, { isOneShot: false }]])
    expect(sent[0]!.authorization).toBe('Bearer access-2')
    expect(events).toEqual([
      { type: 'request-waiting', after: 'call', request: 1, ...info },
      { type: 'request-sent', authenticated: true, request: 1, ...info },
    ])
  })

  test('39: gets an axios error of its own when that comes to nothing', async () => {
    const { api, requests, sent } = createWorld()
    const reason = new AuthError('unreachable')
    requests.acquire.mockRejectedValue(reason)
    const error = await failureOf(api.get('/orders'))
    expect(error).toBeInstanceOf(AxiosError)
    expect(error).toMatchObject({ message: reason.message, code: 'unreachable' })
    expect(error.cause).toBe(reason)
    expect(sent).toEqual([])
  })

  test('39: gets another failure as it is', async () => {
    const { api, requests } = createWorld()
    const reason = new TypeError('odd')
    requests.acquire.mockRejectedValue(reason)
    expect(await failureOf(api.get('/orders'))).toBe(reason)
  })

  test('16: has that much less time to wait again', async () => {
    const clock = driveClock()
    const { api, requests, answers } = createWorld()
    let give!: (session: Session) => void
    requests.acquire.mockReturnValue(new Promise((resolve) => (give = resolve)))
    answers.push(401)
    const failure = failureOf(api.get('/orders'))
    await clock.advance(3_000)
    give(first)
    await failure
    const [, , waited] = requests.recover.mock.calls[0]!
    expect(Math.round(waited)).toBe(3_000)
  })

  test('but not what its user took to sign in again', async () => {
    const clock = driveClock()
    const { api, requests, state, answers } = createWorld()
    requests.acquire.mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      state.session = ofAnother
      return ofAnother
    })
    answers.push(401)
    await clock.until(failureOf(api.get('/orders')), 10_000)
    expect(requests.recover.mock.calls).toMatchObject([[ofAnother, {}, 0]])
  })

  test('or has all of it, when it has not waited', async () => {
    const { api, requests, answers } = createWorld()
    answers.push(401)
    const { config } = await failureOf(api.get('/orders'))
    expect(requests.recover.mock.calls).toEqual([[first, config, 0]])
  })
})

describe('a refused request', () => {
  test('25: is replayed once, with the newer token', async () => {
    const { api, requests, sent, answers, events } = createWorld()
    requests.recover.mockResolvedValue(second)
    answers.push(401)
    const { status } = await api.get('/orders')
    expect(status).toBe(200)
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      'Bearer access-1',
      'Bearer access-2',
    ])
    expect(requests.accepted.mock.calls).toEqual([[second]])
    expect(events).toEqual([
      { type: 'request-sent', authenticated: true, request: 1, ...info },
      { type: 'request-waiting', after: 'expired', request: 1, ...info },
      { type: 'request-replayed', request: 1, ...info },
    ])
  })

  test('25: is refused for good when its replay is refused', async () => {
    const { api, requests, sent, answers } = createWorld()
    requests.recover.mockReturnValue(second)
    answers.push(401, 401)
    const error = await failureOf(api.get('/orders'))
    expect(error.response?.status).toBe(401)
    expect(sent).toHaveLength(2)
    expect(requests.replayDenied.mock.calls).toEqual([[second, error.config]])
    expect(requests.accepted).not.toHaveBeenCalled()
    expect(error.config?.headers.has('Authorization')).toBe(false)
  })

  test('gets its answer when refreshing would not help', async () => {
    const { api, sent, answers } = createWorld()
    answers.push(401)
    const error = await failureOf(api.get('/orders'))
    expect(error).toMatchObject({ message: 'refused', response: { status: 401 } })
    expect(error.cause).toBeUndefined()
    expect(sent).toHaveLength(1)
  })

  test('38: is judged though `validateStatus` lets it pass', async () => {
    const { api, requests, sent, answers } = createWorld()
    const config = { validateStatus: () => true }
    answers.push(401, 401)
    expect((await api.get('/orders', config)).status).toBe(401)
    requests.recover.mockReturnValue(second)
    expect((await api.get('/orders', config)).status).toBe(200)
    expect(sent).toHaveLength(3)
  })

  test('39: gets its own error, and why refreshing failed', async () => {
    const { api, requests, answers } = createWorld()
    const reason = new AuthError('rejected')
    requests.recover.mockRejectedValue(reason)
    answers.push(401)
    const error = await failureOf(api.get('/orders'))
    expect(error).toMatchObject({ message: 'refused', response: { status: 401 } })
    expect(error.cause).toBe(reason)
    const { status } = await (answers.push(401), api.get('/o', { validateStatus: () => true }))
    expect(status).toBe(401)
  })

  test('39: is not told of other failures', async () => {
    const { api, requests, answers } = createWorld()
    requests.recover.mockRejectedValue(new TypeError('odd'))
    answers.push(401)
    expect((await failureOf(api.get('/orders'))).cause).toBeUndefined()
  })

  test('17: that is aborted before its replay is not replayed', async () => {
    const { api, requests, sent, answers } = createWorld()
    requests.recover.mockReturnValue(new Promise(() => {}))
    answers.push(401)
    const controller = new AbortController()
    const failure = failureOf(api.get('/orders', { signal: controller.signal }))
    await settled()
    controller.abort()
    expect(axios.isCancel(await failure)).toBe(true)
    expect(sent).toHaveLength(1)
  })

  test('36: whose body cannot be sent again gets its answer, and does not wait for the next token', async () => {
    const { api, requests, sent, answers } = createWorld()
    requests.recover.mockRejectedValue(new AuthError('unreachable'))
    answers.push(401)
    const error = await failureOf(api.post('/orders', new ReadableStream()))
    expect(error.response?.status).toBe(401)
    expect(sent).toHaveLength(1)
    await settled()
    requests.recover.mockResolvedValue(second)
    answers.push(401)
    await failureOf(api.post('/orders', new ReadableStream()))
    expect(sent).toHaveLength(2)
  })

  test('38: frees a download that is not read', async () => {
    const { api, requests, answers } = createWorld()
    requests.recover.mockReturnValue(second)
    const node = { destroy: vi.fn() }
    const web = { cancel: vi.fn(() => Promise.reject(new Error('locked'))) }
    for (const data of [node, web, undefined, {}]) {
      answers.push({ status: 401, data })
      await api.get('/orders', { responseType: 'stream' })
    }
    expect(node.destroy).toHaveBeenCalledTimes(1)
    expect(web.cancel).toHaveBeenCalledTimes(1)
    answers.push({ status: 401, data: node })
    await api.get('/orders')
    expect(node.destroy).toHaveBeenCalledTimes(1)
    await settled()
  })

  test('25: is replayed once, where its user signs in again before the replay is sent', async () => {
    const { api, requests, state, sent, answers, events } = createWorld()
    requests.recover.mockImplementation(async () => {
      state.session = null
      return second
    })
    requests.acquire
      .mockImplementationOnce(() => first)
      .mockImplementationOnce(async () => {
        state.session = ofAnother
        return ofAnother
      })
    answers.push(401, 401)
    expect(await failureOf(api.get('/orders'))).toMatchObject({ response: { status: 401 } })
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      'Bearer access-1',
      'Bearer access-3',
    ])
    expect(requests.replayDenied).toHaveBeenCalledTimes(1)
    expect(events.map(({ type }) => type)).toEqual([
      'request-sent',
      'request-waiting',
      'request-waiting',
      'request-replayed',
    ])
  })

  test('12: is not replayed under another session', async () => {
    const { api, requests, state, sent, answers } = createWorld()
    requests.recover.mockImplementation(async () => {
      state.session = ofAnother
      return second
    })
    answers.push(401)
    expect(await failureOf(api.get('/orders'))).toMatchObject({ code: 'superseded' })
    expect(sent).toHaveLength(1)
  })
})

describe('what says nothing about the token', () => {
  test.each([500, 503])('is a %d', async (status) => {
    const { api, requests, answers } = createWorld()
    answers.push(status)
    await failureOf(api.get('/orders'))
    expect(requests.accepted).not.toHaveBeenCalled()
    expect(requests.recover).not.toHaveBeenCalled()
  })

  test('39: is no answer at all, and its error passes untouched', async () => {
    const { api, requests, answers } = createWorld()
    const error = new AxiosError('Network Error')
    answers.push(error, new TypeError('odd'))
    expect(await failureOf(api.get('/orders'))).toBe(error)
    expect(error.config).toBeUndefined()
    expect(await failureOf(api.get('/orders'))).toBeInstanceOf(TypeError)
    expect(requests.accepted).not.toHaveBeenCalled()
  })

  test('33: but a 403 or a 404 accepts it', async () => {
    const { api, requests, answers } = createWorld()
    answers.push(403, 404)
    await failureOf(api.get('/orders'))
    await failureOf(api.get('/orders'))
    expect(requests.accepted).toHaveBeenCalledTimes(2)
  })
})

test('a request without a usable URL is told of without a path', async () => {
  const { api, events } = createWorld({}, { baseURL: 'https://:0' })
  await api.get('')
  expect(events).toEqual([
    { type: 'request-sent', authenticated: false, request: 1, method: 'GET', path: '' },
  ])
})

test('39: an adapter may fail with nothing at all', async () => {
  const { api } = createWorld()
  const adapter = () => Promise.reject<AxiosResponse>(undefined)
  expect(await failureOf(api.get('/orders', { adapter }))).toBeUndefined()
})

test('41: an adapter that throws leaves no token in the config', async () => {
  const { api } = createWorld()
  const adapter = (config: InternalAxiosRequestConfig) => {
    throw new AxiosError('broken', 'ERR_BROKEN', config)
  }
  const { code, config } = await failureOf(api.get('/orders', { adapter }))
  expect(code).toBe('ERR_BROKEN')
  expect(config?.headers.has('Authorization')).toBe(false)
})

test('41: the config of a refused request holds no token, however it was attached', async () => {
  const attach = (config: InternalAxiosRequestConfig, token: string) => {
    config.params = { token }
  }
  const { api, answers } = createWorld({ attach })
  answers.push(404)
  const { config } = await failureOf(api.get('/orders'))
  expect(config?.params).toBeUndefined()
})

test('21: a request of a callback passes, with a listener or without', async () => {
  const ownCalls = createOwnCalls<true>()
  const { api, requests, sent } = createWorld({ ownCalls })
  await ownCalls.run(() => api.get('/auth/refresh'), true)
  expect(sent).toMatchObject([{ url: '/auth/refresh', authorization: undefined }])
  expect(requests.acquire).not.toHaveBeenCalled()
})

test('a request needs no listener', async () => {
  const { api, requests, state, sent, answers } = createWorld({ emit: undefined })
  requests.acquire.mockResolvedValue(first)
  requests.recover.mockResolvedValue(second)
  answers.push(401)
  expect((await api.get('/orders')).status).toBe(200)
  state.session = null
  expect((await api.get('/orders')).status).toBe(200)
  expect(sent).toHaveLength(3)
})

describe('with a verdict of its own', () => {
  test('the application says what has expired', async () => {
    const isExpired = ({ status }: AxiosResponse) => status === 409
    const { api, requests, sent, answers } = createWorld({ isExpired })
    requests.recover.mockReturnValue(second)
    answers.push(401)
    await failureOf(api.get('/orders'))
    expect(sent).toHaveLength(1)
    answers.push(409)
    expect((await api.get('/orders')).status).toBe(200)
    expect(sent).toHaveLength(3)
  })

  test('38: the caller gets the body that was decoded for it, once', async () => {
    const { api, answers } = createWorld({ isExpired: () => false })
    answers.push({ data: '{"a":"{}"}' }, { status: 400, data: '{"a":1}' })
    expect((await api.get('/orders')).data).toEqual({ a: '{}' })
    expect((await failureOf(api.get('/orders'))).response?.data).toEqual({ a: 1 })
  })
})

describe('44: the mark of a call', () => {
  test('keeps a config that is sent again the same call', async () => {
    const { api, events } = createWorld()
    const { config } = await api.get('/orders')
    await api.request(config)
    await api.get('/orders')
    expect(events.map((event) => 'request' in event && event.request)).toEqual([1, 1, 2])
  })

  test('leaves the adapter that was there in its place', async () => {
    const { api, sent } = createWorld()
    const own = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
      const data = config.headers.get('Authorization')
      return { data, status: 200, statusText: '', headers: {}, config }
    }
    expect((await api.get('/orders', { adapter: own })).data).toBe('Bearer access-1')
    expect(sent).toEqual([])
    const named = failureOf(api.get('/orders', { adapter: 'nonesuch' as 'http' }))
    expect((await named).message).toContain('nonesuch')
  })
})

test('nothing is put off: a request of a live session is sent before the call returns', async () => {
  const { api, sent } = createWorld({ emit: undefined })
  const sending = api.get('/orders')
  expect(sent).toHaveLength(1)
  await sending
})
