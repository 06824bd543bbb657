import { describe, expect, test } from 'vitest'
import type { Router } from 'vue-router'
import { safeReturnUrl } from 'vue-auth-refresh'
import { metaOf } from '../../src/router/return-url'
import { expectWarning } from '../setup/console'
import { readCorpus } from '../support/corpus'
import { createTestRouter } from '../support/test-app'

const corpus = readCorpus('return-urls')

const page = { render: () => null }
const ORIGIN = 'https://app.example'

/** The worst case: a catch-all, so that no path is refused merely because there is no such route. */
const routerWithCatchAll = (): Router =>
  createTestRouter([
    { path: '/sign-up', alias: '/register', component: page, meta: { guestOnly: true } },
    {
      path: '/guests',
      component: page,
      meta: { guestOnly: true },
      children: [{ path: 'welcome', component: page }],
    },
    { path: '/:path(.*)*', component: page },
  ])

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60)

/** What 42 promises of anything that is not null. */
function expectPathOfThisApp(url: string, router: Router): void {
  const context = shown(url)
  expect(url, context).toMatch(/^\/(?![/\\])/)
  expect(new URL(url, ORIGIN).origin, context).toBe(ORIGIN)
  const path = url.split(/[?#]/, 1)[0]!
  expect(new URL(decodeURIComponent(path), ORIGIN).origin, context).toBe(ORIGIN)
  const route = router.resolve(url)
  expect(route.matched.length, context).toBeGreaterThan(0)
  expect(
    route.matched.some(({ meta }) => meta.guestOnly),
    context,
  ).toBe(false)
}

describe('42: the corpus of return URLs', () => {
  test.each(corpus.map((entry) => ({ ...entry, label: `${shown(entry.value)}, ${entry.why}` })))(
    '$verdict: $label',
    ({ value, verdict }) => {
      const router = routerWithCatchAll()

      const url = safeReturnUrl(value, router)

      expect(url === null).toBe(verdict === 'reject')
      if (url !== null) expectPathOfThisApp(url, router)
    },
  )

  test('is run whole', () => {
    expect(corpus.filter(({ verdict }) => verdict === 'reject')).toHaveLength(54)
    expect(corpus.filter(({ verdict }) => verdict === 'accept')).toHaveLength(9)
  })
})

describe('what is accepted comes back as it was', () => {
  test.each([
    '/',
    '/private',
    '/orders/7?page=2&sort=up#row-3',
    '/search?q=a%20b',
    '/caf%C3%A9',
    '/100%25',
    '/share?to=https://elsewhere.example/',
    '/.well-known/change-password',
    '/a..b/..c',
  ])('%s', (value) => {
    expect(safeReturnUrl(value, routerWithCatchAll())).toBe(value)
  })
})

describe('guest pages are no place to return to', () => {
  test.each([
    ['itself', '/login'],
    ['with a trailing slash', '/login/'],
    ['in another case, which the router takes for the same', '/LOGIN'],
    ['with a query and a fragment', '/login?a=1#b'],
    ['an alias', '/register'],
    ['below one', '/guests/welcome'],
  ])('%s: %s', (_why, value) => {
    expect(safeReturnUrl(value, routerWithCatchAll())).toBeNull()
  })
})

describe('more hostile values', () => {
  test.each([
    ['an empty string', ''],
    ['undefined', undefined],
    ['true', true],
    ['an array of one good path', ['/private']],
    ['a String object', new String('/private')],
    ['an object that turns into a good path', { toString: () => '/private' }],
    ['a function', () => '/private'],
    ['a relative path', 'private'],
    ['the parent folder', '../private'],
    ['a fragment in front', '#/private'],
    ['a query in front', '?/private'],
    ['double-encoded slashes', '/%252f%252fevil.com'],
    ['double-encoded backslash', '/%255cevil.com'],
    ['encoded dots', '/%2e%2e/%2e%2e//evil.com'],
    ['climbing out, encoded', '/a/%2e%2e'],
    ['climbing out, encoded twice', '/a/%252e%252e/private'],
    ['a dot segment alone', '/a/./b'],
    ['NUL', '/private\0'],
    ['NUL, encoded', '/private%00'],
    ['DEL', '/private\u007f'],
    ['a line break in the query', '/private?a=\nb'],
    ['a tab in the fragment', '/private#\tb'],
    ['a zero-width space', '/pri\u200bvate'],
    ['a byte-order mark in front', '\ufeff/private'],
    ['a right-to-left mark, encoded', '/ok%E2%80%AEgnp.exe'],
    ['a backslash in the query', '/private?next=\\\\evil.com'],
    ['a full-width slash, encoded', '/%EF%BC%8Fevil.com'],
    ['a two-dot leader, which NFKC makes a parent folder of', '/a/\u2025/evil.com'],
    ['a one-dot leader', '/a/\u2024/evil.com'],
    ['an incomplete escape', '/%'],
    ['an overlong encoding of a slash', '/%c0%af%c0%afevil.com'],
    ['one character too long', `/${'a'.repeat(2_048)}`],
  ])('%s', (_why, value) => {
    expect(safeReturnUrl(value, routerWithCatchAll())).toBeNull()
  })
})

test('a path of exactly 2,048 characters is accepted', () => {
  const value = `/${'a'.repeat(2_047)}`

  expect(safeReturnUrl(value, routerWithCatchAll())).toBe(value)
})

test('a path that the router does not have is refused', () => {
  expectWarning('No match found for location with path "/private/nothing-here"')
  expect(safeReturnUrl('/private', createTestRouter())).toBe('/private')
  expect(safeReturnUrl('/private/nothing-here', createTestRouter())).toBeNull()
})

test('42: every short string of dangerous parts is refused, or is a path of this app', () => {
  const parts = [
    '/',
    '\\',
    '.',
    '%2f',
    '%5C',
    '%2e',
    '%25',
    '\t',
    '@',
    ':',
    '?',
    '#',
    'evil.com',
    'login',
    '／',
  ]
  const router = routerWithCatchAll()
  let accepted = 0
  let tried = 0
  const tryAll = (value: string, left: number): void => {
    tried++
    const url = safeReturnUrl(value, router)
    if (url !== null) {
      accepted++
      expectPathOfThisApp(url, router)
    }
    if (left > 0) for (const part of parts) tryAll(value + part, left - 1)
  }

  tryAll('', 3)
  for (const first of ['/', '/a', '/a/', '/.', '/%2e']) tryAll(first, 3)

  expect(tried).toBeGreaterThan(20_000)
  expect(accepted).toBeGreaterThan(500)
})

test('of the routes that match, those of one session: children inherit its name', () => {
  const metas = [{ requiresAuth: true }, { authSession: 'admin' }, {}, { authSession: 'office' }]
  const matched = metas.map((meta) => ({ meta }))
  const of = (name: string | undefined) =>
    metaOf({ matched } as unknown as Parameters<typeof metaOf>[0], (mine) => mine === name)
  expect(of(undefined)).toEqual([{ requiresAuth: true }])
  expect(of('admin')).toEqual([{ authSession: 'admin' }, {}])
  expect(of('office')).toEqual([{ authSession: 'office' }])
  expect(of('nobody')).toEqual([])
})
