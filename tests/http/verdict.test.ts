import {
  AxiosHeaders,
  type AxiosResponse,
  type AxiosResponseTransformer,
  type InternalAxiosRequestConfig,
} from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { isUnauthorized, judge } from '../../src/http/verdict'
import { expectError } from '../setup/console'

const JSON_TYPE = 'application/json; charset=utf-8'

function createWorld(
  data: unknown,
  config: Partial<InternalAxiosRequestConfig> = {},
  contentType: string | null = JSON_TYPE,
) {
  const whole = { headers: new AxiosHeaders(), ...config }
  const response: AxiosResponse = {
    data,
    status: 200,
    statusText: 'OK',
    headers: contentType === null ? {} : { 'content-type': contentType },
    config: whole,
  }
  return { response, config: whole }
}

test('a response says that the token has expired by 401 alone', () => {
  expect(isUnauthorized({ ...createWorld('').response, status: 401 })).toBe(true)
})

test.each([200, 400, 403, 407, 419, 500])('33: %i does not say that it has expired', (status) => {
  expect(isUnauthorized({ ...createWorld('').response, status })).toBe(false)
})

/** A 401 that names this challenge (RFC 6750 §3, RFC 9470 §3). */
const challenged = (challenge: string | null | undefined): AxiosResponse => ({
  ...createWorld('').response,
  status: 401,
  headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
})

test.each([
  'Bearer error="insufficient_user_authentication", acr_values="myACR"',
  'Bearer error="insufficient_user_authentication",\n  max_age="5"',
  'Bearer realm="a", error=insufficient_user_authentication',
  'DPoP algs="ES256", error="insufficient_user_authentication"',
])('a challenge to sign in otherwise says nothing of the token: %s', (challenge) => {
  expect(isUnauthorized(challenged(challenge))).toBe(false)
})

test.each([
  'Bearer error="invalid_token"',
  'Bearer error="invalid_token", error_description="not insufficient_user_authentication"',
  'Bearer error="insufficient_user_authentications"',
  'Bearer my_error="insufficient_user_authentication"',
  'Bearer',
  undefined,
  null,
])('any other challenge of a 401 says that it has expired: %s', (challenge) => {
  expect(isUnauthorized(challenged(challenge))).toBe(true)
})

test('a 401 of a mock without headers says that it has expired', () => {
  const { headers: _, ...mocked } = challenged('')
  expect(isUnauthorized(mocked as AxiosResponse)).toBe(true)
})

/** The body that the application is shown. */
async function shown(...world: Parameters<typeof createWorld>): Promise<unknown> {
  const { response, config } = createWorld(...world)
  const isExpired = vi.fn((_response: AxiosResponse) => false)
  await judge(isExpired, response, config)
  expect(isExpired.mock.calls[0]![0]).toMatchObject({ status: 200, statusText: 'OK' })
  return isExpired.mock.calls[0]![0].data
}

const body = '{"code":401}'

describe('38: the application is shown JSON, whatever it was asked for as', () => {
  test.each<[string, unknown, InternalAxiosRequestConfig['responseType']]>([
    ['text', body, 'text'],
    ['bytes', new TextEncoder().encode(body).buffer, 'arraybuffer'],
    ['a blob', new Blob([body]), 'blob'],
  ])('%s', async (_, data, responseType) => {
    const config = responseType === undefined ? {} : { responseType }
    expect(await shown(data, config)).toEqual({ code: 401 })
  })
})

describe('38: it is shown as it is', () => {
  test.each<[string, unknown, InternalAxiosRequestConfig['responseType'], string | null]>([
    ['what is not JSON', body, 'text', 'text/plain'],
    ['what has no type', body, 'text', null],
    ['what only says so', 'not JSON', 'text', JSON_TYPE],
    ['what axios decodes itself', body, 'json', JSON_TYPE],
    ['a stream', body, 'stream', JSON_TYPE],
    ['a document', body, 'document', JSON_TYPE],
  ])('%s', async (_, data, responseType, type) => {
    const config = responseType === undefined ? {} : { responseType }
    expect(await shown(data, config, type)).toBe(data)
  })

  test('what was asked for as nothing in particular', async () => {
    expect(await shown(body)).toBe(body)
  })

  test('what has no headers', async () => {
    const { response, config } = createWorld(body, { responseType: 'text' })
    const isExpired = vi.fn((_response: AxiosResponse) => true)
    const bare = { ...response, headers: undefined } as unknown as AxiosResponse
    expect((await judge(isExpired, bare, config)).isExpired).toBe(true)
    expect(isExpired.mock.calls[0]![0].data).toBe(body)
  })
})

test('what it says counts', async () => {
  const { response, config } = createWorld(body)
  expect((await judge(() => true, response, config)).isExpired).toBe(true)
  expect((await judge(() => false, response, config)).isExpired).toBe(false)
})

test.each<[string, () => boolean]>([
  [
    'throws',
    () => {
      throw new Error('no idea')
    },
  ],
  // The types forbid a promise; an application without types may return one.
  ['rejects', vi.fn(() => Promise.reject(new Error('no idea'))) as unknown as () => boolean],
])('39: one that %s is printed, and means no', async (_name, isExpired) => {
  expectError(/\[vue-auth-refresh\] isExpired threw.*no idea/s)
  const { response, config } = createWorld(body)
  expect((await judge(isExpired, response, config)).isExpired).toBe(false)
})

test('38: the body is decoded once, and axios’ own turn passes, once', async () => {
  const decode = vi.fn<AxiosResponseTransformer>(function (data) {
    expect(this).toHaveProperty('response', response)
    return JSON.parse(String(data)) as unknown
  })
  const wrap: AxiosResponseTransformer = (data: unknown) => ({ data })
  const transformResponse = [decode, wrap]
  const { response, config } = createWorld(body, { transformResponse })
  const verdict = await judge(() => false, response, config)
  expect(decode.mock.calls).toEqual([[body, response.headers, 200]])
  expect(decode.mock.contexts).toEqual([config])
  expect(config).not.toHaveProperty('response')
  expect(response.data).toBe(body)

  verdict.useDecodedBody()
  expect(response.data).toEqual({ data: { code: 401 } })
  const turn = config.transformResponse as unknown as (kept: unknown) => unknown
  expect(turn('kept')).toBe('kept')
  expect(config.transformResponse).toBe(transformResponse)
})

test('a single transform will do, and none', async () => {
  const one = createWorld(body, { transformResponse: (data: string) => data.length })
  const verdict = await judge(() => false, one.response, one.config)
  verdict.useDecodedBody()
  expect(one.response.data).toBe(12)

  const none = createWorld(body)
  ;(await judge(() => false, none.response, none.config)).useDecodedBody()
  expect(none.response.data).toBe(body)
  const turn = none.config.transformResponse as unknown as (kept: unknown) => unknown
  expect(turn('kept')).toBe('kept')
  expect(none.config.transformResponse).toBe(turn)
})

test('38: a body that cannot be decoded is left to axios', async () => {
  const transformResponse = [(data: string): unknown => JSON.parse(data)]
  const { response, config } = createWorld('no JSON', { transformResponse })
  const verdict = await judge(() => true, response, config)
  expect(verdict.isExpired).toBe(true)
  expect(config).not.toHaveProperty('response')
  verdict.useDecodedBody()
  expect(response.data).toBe('no JSON')
  expect(config.transformResponse).toBe(transformResponse)
})
