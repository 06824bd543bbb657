import axios, { AxiosHeaders, type AxiosInstance, type AxiosRequestConfig } from 'axios'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { baseOf, createOriginCheck, partOfUrl } from '../../src/http/allowed-origins'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Whether the credential may go with a request of an instance with this base. */
function mayGo(
  baseURL: string | undefined,
  config: AxiosRequestConfig,
  allowed?: readonly string[],
): boolean {
  const instance = axios.create(baseURL === undefined ? {} : { baseURL })
  const merged = { ...instance.defaults, ...config, headers: new AxiosHeaders() }
  return createOriginCheck(instance, allowed)(merged)
}

const API = 'https://api.test/v1'

describe('40: the credential goes', () => {
  test.each<[string, string, AxiosRequestConfig]>([
    ['below the base', API, { url: '/orders' }],
    ['below the base, without a slash', API, { url: 'orders' }],
    ['to the base itself', API, { url: '' }],
    ['to the base without a URL', API, {}],
    ['to the same origin by its whole URL', API, { url: 'https://api.test/other' }],
    ['to a path with a colon in it', API, { url: '/orders:search' }],
    ['to a path with a colon after a slash', API, { url: 'a/b:c' }],
    ['to what is no absolute URL for axios', API, { url: 'a1+-.b:x' }],
    ['to another base of the same origin', API, { baseURL: 'https://api.test/v2', url: '/x' }],
    [
      'to what only looks absolute, as axios was told',
      API,
      { url: 'https://evil.test', allowAbsoluteUrls: false },
    ],
  ])('%s', (_, base, config) => expect(mayGo(base, config)).toBe(true))
})

describe('40: it does not go', () => {
  test.each<[string, string, AxiosRequestConfig]>([
    ['to another host', API, { url: 'https://evil.test/' }],
    ['to another scheme', API, { url: 'http://api.test/' }],
    ['to another port', API, { url: 'https://api.test:444/' }],
    ['to a URL without a scheme', API, { url: '//evil.test/' }],
    ['to another base', API, { baseURL: 'https://evil.test', url: '/orders' }],
    ['to a URL with a scheme in capitals', API, { url: 'HTTPS://evil.test' }],
    ['to a base that is no URL', 'https://:0', { url: '' }],
    ['elsewhere from such a base', 'https://:0', { url: 'https://evil.test/' }],
    ['to what is no URL', API, { baseURL: 'https://:0', url: '' }],
  ])('%s', (_, base, config) => expect(mayGo(base, config)).toBe(false))
})

describe('40: with origins of its own the application decides', () => {
  const allowed = ['https://other.test']
  test.each<[string, boolean]>([
    ['https://other.test/x', true],
    ['https://api.test/x', false],
    ['/orders', false],
  ])('%s: %s', (url, expected) => expect(mayGo(API, { url }, allowed)).toBe(expected))
})

test('40: without a base the page’s own origin is meant', () => {
  vi.stubGlobal('location', { href: 'https://app.test/page' })
  expect(mayGo(undefined, { url: '/orders' })).toBe(true)
  expect(mayGo(undefined, { url: 'https://app.test/orders' })).toBe(true)
  expect(mayGo(undefined, { url: 'https://api.test/orders' })).toBe(false)
  // The raw path goes to the wire, and URL parsers drop the tab.
  expect(mayGo(undefined, { url: '/\t/evil.test' })).toBe(false)
})

/** The origin and the path of the URL that a request goes to. */
const urlOf = (instance: AxiosInstance, config: AxiosRequestConfig): string =>
  partOfUrl(instance, config, 'origin')() + partOfUrl(instance, config, 'pathname')()

test('what is relative to nothing has an origin that no server has', () => {
  expect(urlOf(axios, { url: '/orders' })).toBe('http://page.invalid/orders')
  expect(urlOf(axios, { url: 'https://:0' })).toBe('')
})

test('the final URL is the one that the adapter will build, without its query', () => {
  const instance = axios.create({ baseURL: API })
  const config = { ...instance.defaults, headers: new AxiosHeaders() }
  expect(urlOf(instance, { ...config, url: '/orders?token=secret' })).toBe(`${API}/orders`)
  expect(urlOf(instance, config)).toBe(API)
  expect(urlOf(instance, {})).toBe('http://page.invalid/')
  const absolute = { ...config, url: 'https://other.test/x' }
  expect(urlOf(instance, absolute)).toBe('https://other.test/x')
  expect(urlOf(instance, { ...absolute, allowAbsoluteUrls: false })).toBe(
    `${API}/https://other.test/x`,
  )
})

describe('50: the base URL that names an API', () => {
  test.each([
    ['an absolute one', 'https://api.test/v1/', 'https://api.test/v1'],
    ['one with a query', 'https://api.test/v1?key=7', 'https://api.test/v1'],
    ['none', undefined, ''],
    ['one that is no URL', 'https://%tenant%.test', 'https://%tenant%.test'],
  ])('of %s', (_, baseURL, base) => {
    expect(baseOf(axios.create(baseURL === undefined ? {} : { baseURL }))).toBe(base)
  })

  test('is taken as it is in a page without an origin, as a sandboxed frame', () => {
    vi.stubGlobal('location', { origin: 'null', href: 'about:srcdoc' })
    expect(baseOf(axios.create({ baseURL: '/api' }))).toBe('/api')
  })
})
