import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors'
import { classifyFailure, createRefusals } from '../../src/session/failure'
import { now } from '../../src/utils/clock'
import { exampleSession } from '../support/example-session'
import { driveClock } from '../support/clock'

const answer = (status: unknown, data?: unknown) => ({ response: { status, data } })

describe('31: a refusal is', () => {
  test.each([
    ['a 400 without a body', answer(400)],
    ['a 401', answer(401, {})],
    ['a 403', answer(403, { error: 'access_denied' })],
    ['a 400 in plain words', answer(400, 'Token revoked')],
    ['invalid_grant (RFC 6749 §5.2)', answer(400, { error: 'invalid_grant' })],
    ['a passing error’s name in the middle of another', answer(400, { error: 'not_slow_down' })],
    ['the application’s own word for it', new AuthError('rejected')],
  ])('%s', (_, error) => expect(classifyFailure(error)).toBe('rejected'))
})

describe('31: no refusal is', () => {
  test.each([
    ['a missing answer', new Error('Network Error')],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'refused'],
    ['an answer that is none', { response: 'refused' }],
    ['another status', answer(402)],
    ['404', answer(404)],
    ['429', answer(429)],
    ['503', answer(503)],
    ['a longer number', answer(4000)],
    ['a number that ends like one', answer(1400)],
    ['the page of a proxy', answer(403, '<!doctype html>')],
    ['such a page after white space', answer(401, ' \n\t<html>')],
    ['temporarily_unavailable', answer(400, { error: 'temporarily_unavailable' })],
    ['server_error', answer(400, { error: 'server_error' })],
    ['slow_down (RFC 8628 §3.5)', answer(400, { error: 'slow_down' })],
    ['use_dpop_nonce (RFC 9449 §8)', answer(401, { error: 'use_dpop_nonce' })],
    ['invalid_client', answer(401, { error: 'invalid_client' })],
    ['another error of this library', new AuthError('malformed')],
  ])('%s', (_, error) => expect(classifyFailure(error)).toBe('unreachable'))
})

describe('31: a refresh token that is gone, in the words of servers', () => {
  const said: [string, unknown][] = [
    ['OAuth', { error: 'invalid_grant' }],
    ['FusionAuth', { error: 'invalid_grant', error_reason: 'refresh_token_not_found' }],
    [
      'Spring',
      {
        status: 404,
        error: 'Not Found',
        message: 'Refresh token was not found',
        path: '/api/auth/refresh-token',
      },
    ],
    ['Nest', { statusCode: 404, message: 'Refresh token not found', error: 'Not Found' }],
    [
      'Laravel',
      {
        message: 'The refresh token is invalid.',
        errors: { refresh_token: ['The refresh token is invalid.'] },
      },
    ],
    ['Laravel with an expiry', { message: 'The selected refresh token is invalid.' }],
    ['tymon/jwt-auth', { error: 'The token has been blacklisted' }],
    ['simplejwt', { detail: 'Token is invalid or expired', code: 'token_not_valid' }],
    [
      'Directus',
      { errors: [{ message: 'Token expired.', extensions: { code: 'TOKEN_EXPIRED' } }] },
    ],
    [
      'GoTrue',
      { code: 'refresh_token_not_found', msg: 'Invalid Refresh Token: Refresh Token Not Found' },
    ],
    ['GoTrue, used', { code: 'refresh_token_already_used', msg: 'Already Used' }],
    [
      'GoTrue, session',
      { code: 'session_not_found', msg: 'Session from session_id claim in JWT does not exist' },
    ],
    [
      'Keycloak',
      {
        error: 'x',
        error_description: 'Session not active',
        code: 'Token is not active: session expired',
      },
    ],
    ['devise-jwt', { error: 'revoked token' }],
    ['jsonwebtoken', { message: 'jwt expired' }],
    ['a user who was removed', { message: 'User not found' }],
    ['a user who is no more', { error: 'user_not_found' }],
    ['a token that was used twice', { message: 'Refresh token reuse detected' }],
    ['a token that has been used', { message: 'This refresh token has already been used.' }],
    ['no session', { message: 'No session found' }],
    ['no such session', { message: 'No such session' }],
    ['no longer valid', { message: 'Refresh token is no longer valid' }],
    ['a session that was ended', { message: 'Session has been terminated' }],
    ['a session that is closed', { error: 'session_closed' }],
    ['a token that was deleted', { message: 'Refresh token was deleted' }],
    ['a token that does not match', { message: 'Refresh token does not match' }],
    ['a token that is not recognized', { error: 'token_not_recognized' }],
    ['a class name', { type: 'RefreshTokenNotFoundException' }],
    ['GraphQL', { errors: [{ message: 'Session expired' }], data: null }],
  ]

  describe.each([404, 409, 410, 419, 422])('with a %i', (status) => {
    test.each(said)('%s', (_server, data) => {
      expect(classifyFailure(answer(status, data))).toBe('rejected')
    })
  })

  test.each(said)('with a status of its own: %s', (_server, data) => {
    for (const status of [440, 498]) expect(classifyFailure(answer(status, data))).toBe('rejected')
  })

  test.each([440, 498])('%i needs no words', (status) => {
    expect(classifyFailure(answer(status, {}))).toBe('rejected')
    expect(classifyFailure(answer(status, '<html>'))).toBe('unreachable')
  })

  test.each([402, 404.5, 408, 418, 423, 425, 429, 499, 500, 502, 503, 504])(
    'but not with a %d',
    (status) => {
      for (const [, data] of said) expect(classifyFailure(answer(status, data))).toBe('unreachable')
    },
  )
})

describe('31: nothing about the refresh token says', () => {
  const said: [string, unknown][] = [
    ['an empty body', undefined],
    ['an empty text', ''],
    ['an empty object', {}],
    ['a page', '<html>Refresh token not found</html>'],
    ['a text', 'refresh token expired'],
    ['a list', ['refresh token expired']],
    ['Express', { message: 'Cannot POST /auth/refresh-token', error: 'Not Found' }],
    ['Nest', { statusCode: 404, message: 'Cannot POST /auth/refresh_token', error: 'Not Found' }],
    ['Fastify', { message: 'Route POST:/auth/token/refresh not found', error: 'Not Found' }],
    ['Spring', { status: 404, error: 'Not Found', path: '/api/auth/refresh-token' }],
    ['Spring, in a sentence', { detail: 'No static resource auth/refresh-token. Not found' }],
    ['Symfony', { detail: 'No route found for "POST http://x/token/refresh": not found' }],
    ['Laravel, a route', { message: 'The route refresh-token could not be found.' }],
    ['Laravel, CSRF', { message: 'CSRF token mismatch.' }],
    ['CSRF', { message: 'Invalid CSRF token' }],
    ['CSRF again', { error: 'The XSRF token has expired' }],
    ['Rails', { exception: '#<ActionController::InvalidAuthenticityToken>' }],
    [
      'FastAPI',
      { detail: [{ type: 'missing', loc: ['body', 'refresh_token'], msg: 'Field required' }] },
    ],
    ['Laravel, a field', { message: 'The refresh token field is required.' }],
    [
      'class-validator',
      { message: ['refreshToken must be a string', 'Invalid body: token must be set'] },
    ],
    ['a missing member', { message: 'Invalid request: refresh_token is missing' }],
    [
      'GoTrue, a race',
      {
        code: 'conflict',
        msg: 'Too many concurrent token refresh requests on the same session or refresh token',
      },
    ],
    ['another grant', { error: 'invalid_grant_type' }],
    [
      'Vercel',
      { error: { code: 'DEPLOYMENT_NOT_FOUND', message: 'The deployment could not be found' } },
    ],
    ['Kong', { message: 'no Route matched with those values' }],
    ['Django', { detail: 'Not found.' }],
    ['a store that is down', { message: 'Session store: connect ECONNREFUSED 10.0.0.5:6379' }],
    ['a service that is down', { message: 'Token service: connection refused' }],
    ['a name that is not resolved', { message: 'getaddrinfo ENOTFOUND token-service' }],
    ['an unknown error', { message: 'Unknown error while refreshing the token' }],
    ['a database that is paused', { message: 'The session database is paused' }],
    ['a timeout', { message: 'Could not refresh the token, caused by a timeout' }],
    ['a gateway', { message: 'Token service returned an invalid response' }],
    ['a lock', { message: 'Lock on session: wait timeout expired' }],
    ['a service that is missing', { message: 'Service session-api not found' }],
    ['a quoted service', { message: 'services "token-service" not found' }],
    ['a function that is missing', { message: 'Function refresh-token does not exist' }],
    ['a race', { message: 'The token is being used by another request, try again' }],
    ['a store', { message: 'Connection refused by the session store' }],
    ['an error of a service', { message: 'Unknown error in token service' }],
    ['a temporary error', { error: 'temporarily_unavailable', message: 'Token expired' }],
    ['a key', { invalid_token: 1, tokenExpired: false }],
    ['what is too deep', { a: { b: { c: { d: 'token expired' } } } }],
    ['what is too long', { message: `${'x'.repeat(300)} token expired` }],
  ]

  test.each(said)('%s', (_server, data) => {
    for (const status of [404, 409, 410, 419, 422]) {
      expect(classifyFailure(answer(status, data))).toBe('unreachable')
    }
  })

  test('43: nor does a body of any size take long', () => {
    const started = performance.now()
    classifyFailure(
      answer(404, {
        message: 'token/'.repeat(1_000_000),
        list: Array(10_000).fill('a/'.repeat(150)),
      }),
    )
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('43: nor does one that holds itself', () => {
    const data: Record<string, unknown> = { message: 'Not found' }
    data['self'] = data
    expect(classifyFailure(answer(404, data))).toBe('unreachable')
  })
})

describe('31: an answer of status 200 that says no', () => {
  const session = { ...exampleSession, lifetime: null }
  const MINUTE = 60_000

  const withReason: [string, unknown][] = [
    ['a code', { code: 401, msg: 'x' }],
    ['a code as a text', { code: '401' }],
    ['another code', { code: 400, data: null, msg: '无效的刷新令牌' }],
    ['a forbidding code', { code: 403 }],
    ['a status', { status: 401, message: 'Unauthorized' }],
    ['a status code', { statusCode: 401 }],
    ['an error code', { errcode: 401 }],
    ['a code beside success', { success: false, code: 401 }],
    ['words with a code of its own', { code: 1_001, message: 'Refresh token expired' }],
    ['words with a 404', { code: 404, message: 'Refresh token not found' }],
    [
      'GitHub',
      {
        error: 'bad_refresh_token',
        error_description: 'The refresh token passed is incorrect or expired.',
      },
    ],
    ['Slack', { ok: false, error: 'invalid_refresh_token' }],
    ['GraphQL', { errors: [{ message: 'Refresh token is invalid' }], data: null }],
  ]

  test.each(withReason)('ends the session at the third time: %s', (_name, data) => {
    const isRefused = createRefusals()
    expect([1, 2, 3, 4].map(() => isRefused(data, session))).toEqual([false, false, true, true])
  })

  test.each<[string, unknown]>([
    ['success', { success: false }],
    ['ok', { ok: false }],
    ['a code of its own', { success: false, code: -1, message: 'Failed' }],
  ])('ends it after five minutes without a reason: %s', async (_name, data) => {
    const clock = driveClock()
    const isRefused = createRefusals()
    for (let minute = 0; minute < 5; minute++) {
      expect(isRefused(data, session)).toBe(false)
      // The clock has fractions of a millisecond.
      await clock.advance(MINUTE + 1)
    }
    expect(isRefused(data, session)).toBe(true)
  })

  test('without a reason ends no session by two of them, however late', async () => {
    const clock = driveClock()
    const isRefused = createRefusals()
    isRefused({ success: false }, session)
    await clock.advance(60 * MINUTE)
    expect(isRefused({ success: false }, session)).toBe(false)
    expect(isRefused({ success: false }, session)).toBe(true)
  })

  test('32: without a reason ends no session whose token lives', async () => {
    const clock = driveClock()
    const isRefused = createRefusals()
    const living = { ...exampleSession, lifetime: 20 * MINUTE, receivedAt: now() }
    const ends: boolean[] = []
    for (let minute = 0; minute < 22; minute++) {
      ends.push(isRefused({ success: false }, living))
      await clock.advance(MINUTE)
    }
    expect(ends.indexOf(true)).toBe(20)
  })

  test('counts for one session and its present token', () => {
    const isRefused = createRefusals()
    const no = { code: 401 }
    isRefused(no, session)
    isRefused(no, session)
    expect(isRefused(no, { ...session, generation: 1 })).toBe(false)
    expect(isRefused(no, null)).toBe(false)
    expect(isRefused(no, null)).toBe(false)
    expect(isRefused(no, null)).toBe(true)
  })

  test('is not forgotten over an outage', () => {
    const isRefused = createRefusals()
    const no = { code: 401 }
    const answers = [no, { code: 503 }, no, { code: 500 }, no]
    expect(answers.map((data) => isRefused(data, session))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['an empty object', {}],
    ['a list', [{ code: 401 }]],
    ['a text', 'code 401'],
    ['a page', '<html>401'],
    ['success', { success: true }],
    ['success as a text', { success: 'false' }],
    ['a good code', { code: 200, msg: 'OK' }],
    ['a code of an outage', { code: 500, success: false, msg: 'Token expired' }],
    ['a code of a limit', { code: 429, success: false }],
    ['a missing route', { code: 404, success: false, msg: 'Not found' }],
    ['a longer code', { code: 40_101 }],
    ['a passing error', { error: 'temporarily_unavailable', code: 400 }],
    ['a word as status', { status: 'error', message: 'Try again later' }],
    ['a prototype', Object.create({ code: 401, success: false })],
  ])('is not said by %s', async (_name, data) => {
    const clock = driveClock()
    const isRefused = createRefusals()
    for (let minute = 0; minute < 10; minute++) {
      expect(isRefused(data, session)).toBe(false)
      await clock.advance(MINUTE)
    }
  })
})
