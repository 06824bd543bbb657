import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { backoff, classifyFailure, coolDown, redact, retryAfter } from '../../src/session/failure'

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

describe('30: Retry-After', () => {
  const NOW = Date.parse('2026-01-01T00:00:00Z')
  const after = (value: unknown) => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    try {
      return retryAfter({ response: { headers: { 'retry-after': value } } })
    } finally {
      vi.useRealTimers()
    }
  }

  test.each([
    ['7', 7_000],
    [7, 7_000],
    ['10', 10_000],
    ['60', 60_000],
    ['61', 60_000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
    ['Thu, 01 Jan 2026 01:00:00 GMT', 60_000],
    ['01 Jan 2026 00:00:05 GMT', 5_000],
    ['2026-01-01T00:00:05+00:00', 5_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['0', 0],
    ['soon', 0],
    ['x7', 0],
    ['7x', 0],
    [undefined, 0],
  ])('%s is %d ms', (value, ms) => expect(after(value)).toBe(ms))

  test('is nothing where there is no answer, or one without headers', () => {
    expect(retryAfter(new Error('Network Error'))).toBe(0)
    expect(retryAfter({ response: {} })).toBe(0)
  })
})

test('30: retries have full jitter over a span that doubles', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  expect([1, 2, 3].map(backoff)).toEqual([200, 400, 800])
  random.mockReturnValue(0)
  expect(backoff(3)).toBe(0)
  random.mockRestore()
})

test('30: the cool-down is 200 ms at first, doubles, and has an end', () => {
  expect([1, 2, 3, 4].map((failures) => coolDown(failures, 1_000))).toEqual([200, 400, 800, 1_000])
})

describe('41: of a cause is kept', () => {
  test('its message without the secrets, however often they stand in it', () => {
    const error = redact(new Error('a.b was refused; a.b or c-d?'), 'a.b', null, 'c-d')
    expect(error.message).toBe('[redacted] was refused; [redacted] or [redacted]?')
  })

  test('its code and status, and nothing else', () => {
    const failure = Object.assign(new Error('no'), {
      code: 'ERR_BAD_REQUEST',
      config: { data: 'secret' },
      response: { status: 400, data: 'secret' },
    })
    expect(Object.fromEntries(Object.entries(redact(failure)))).toEqual({
      code: 'ERR_BAD_REQUEST',
      status: 400,
    })
  })

  test('something, whatever was thrown', () => {
    expect(redact(null).message).toBe('undefined')
    expect(redact('text').message).toBe('undefined')
  })
})
