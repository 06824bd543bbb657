import { describe, expect, test } from 'vitest'
import type { Router } from 'vue-router'
import { safeReturnUrl } from 'vue-auth-refresh'
import { metaOf } from '../../src/router/route-meta'
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

/** Expects invariant 42 to hold for a URL that was accepted. */
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
    ['one character too long', `/${'a'.repeat(8_192)}`],
  ])('%s', (_why, value) => {
    expect(safeReturnUrl(value, routerWithCatchAll())).toBeNull()
  })
})

test('a path of exactly 8,192 characters is accepted', () => {
  const value = `/${'a'.repeat(8_191)}`

  expect(safeReturnUrl(value, routerWithCatchAll())).toBe(value)
})

test('54: a path that the router does not have is accepted, because its route may be added later', () => {
  expectWarning('No match found for location with path "/private/nothing-here"')
  expect(safeReturnUrl('/private', createTestRouter())).toBe('/private')
  expect(safeReturnUrl('/private/nothing-here', createTestRouter())).toBe('/private/nothing-here')
})

describe('54: a path in any script comes back as it was', () => {
  test.each([
    ['Persian, with non-joiners', '/article/می‌خواهم'],
    ['Kurdish, with non-joiners', '/article/ده‌چم'],
    ['Sinhala, with joiners', '/article/ශ්‍රී-ලංකා'],
    ['Malayalam, with a joiner', '/article/ന്‍'],
    ['an emoji with joiners', '/team/👩‍💻'],
    ['a flag made of tags', '/team/🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['a soft hyphen', '/article/co\u00ADoperate'],
    ['Japanese', '/article/東京'],
    ['Hebrew', '/article/שלום'],
    ['an encoded non-joiner', '/article/%D9%85%DB%8C%E2%80%8C%D8%AE'],
    ['a non-joiner that is encoded twice', '/article/%25E2%2580%258C'],
    ['two slashes inside', '/files/a//b'],
    ['two encoded slashes inside', '/files/a%2F%2Fb'],
    ['an encoded slash that is encoded again', '/files/a%252Fb'],
    ['an encoded backslash inside', '/users/CORP%5Cada'],
    ['a percent sign that is encoded twice', '/wiki/C%2525'],
  ])('%s', (_what, value) => {
    expect(safeReturnUrl(value, routerWithCatchAll())).toBe(value)
  })
})

test.each([
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
])('54: what changes the direction of text is refused, plain and encoded: %j', (control) => {
  for (const shown of [control, encodeURIComponent(control)]) {
    expect(safeReturnUrl(`/ok${shown}gnp.exe`, routerWithCatchAll())).toBeNull()
  }
})

test.each([
  ['slashes in front that are encoded twice', '/%252F%252Fevil.com'],
  ['a mixed front', '/%5C/evil.com'],
  ['dots between backslashes', '/a/%5C..%5C..'],
  ['dots that only a second decoding shows', '/a%252f..%252fb'],
  ['a line end that only a second decoding shows', '/a%250ab'],
  ['a percent sign that would break a second decoding', '/100%25/%252e%252e/b'],
])('54: %s are refused', (_what, value) => {
  expect(safeReturnUrl(value, routerWithCatchAll())).toBeNull()
})

describe('54: a redirect record that ends at a guest page is no place to return to', () => {
  const router = (): Router =>
    createTestRouter([
      { path: '/old', redirect: '/login' },
      { path: '/older', redirect: { path: '/old', query: { a: '1' } } },
      { path: '/by-name/:locale', redirect: { name: 'enter' } },
      { path: '/:locale/enter', name: 'enter', component: page, meta: { guestOnly: true } },
      { path: '/by-function', redirect: (to) => ({ path: '/login', query: to.query }) },
      { path: '/area', redirect: '/area/in', children: [{ path: 'in', redirect: '/login' }] },
      { path: '/round', redirect: '/about' },
      { path: '/about', redirect: '/round' },
      { path: '/nowhere', redirect: { name: 'nowhere' } },
      { path: '/paramless', redirect: { name: 'enter' } },
      {
        path: '/broken',
        redirect: () => {
          throw new Error('out of order')
        },
      },
      { path: '/fine', redirect: '/private' },
    ])

  test.each([
    '/old',
    '/older?b=2',
    '/by-name/de',
    '/by-function?a=1',
    '/area',
    '/area/in',
    '/round',
    '/nowhere',
    '/paramless',
    '/broken',
  ])('%s', (value) => {
    expect(safeReturnUrl(value, router())).toBeNull()
  })

  test('while one that ends elsewhere is', () => {
    expect(safeReturnUrl('/fine?a=1', router())).toBe('/fine?a=1')
  })
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
  const meta = { requiresAuth: true, authSession: 'office' }
  const of = (name: string | undefined) =>
    metaOf({ matched, meta } as unknown as Parameters<typeof metaOf>[0], (mine) => mine === name)
  expect(of(undefined)).toEqual([{ requiresAuth: true }])
  expect(of('admin')).toEqual([{ authSession: 'admin' }, {}])
  // The last is what an earlier guard has set: here nothing. The router has merged the other members.
  expect(of('office')).toEqual([{ authSession: 'office' }, {}])
  expect(of('nobody')).toEqual([])
})
