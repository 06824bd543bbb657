import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors'
import { backoff, classifyFailure, coolDown, redact, retryAfter } from '../../src/session/failure'
import { driveClock, fixChance } from '../support/clock'

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

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString()

test.each<[string, () => unknown, number]>([
  ['seconds', () => '3', 3_000],
  ['no time at all', () => '0', 0],
  ['more than a minute', () => '3600', 60_000],
  ['more than a number holds', () => '9'.repeat(400), 60_000],
  ['a date', () => inSeconds(30), 30_000],
  ['a date that is past', () => inSeconds(-30), 0],
  ['a date in a year', () => inSeconds(365 * 86_400), 60_000],
  ['less than nothing', () => '-5', 0],
  ['a number', () => 7, 7_000],
  ['a date that begins with a number', () => inSeconds(30).slice(5), 30_000],
  ['a date that ends in one', () => inSeconds(30).replace('GMT', '+0000'), 30_000],
  ['words', () => 'after lunch', 0],
  ['nothing', () => '', 0],
  ['not even a string', () => ({}), 0],
])('30: a Retry-After that says %s', (_name, value, expected) => {
  driveClock().moveWall(-(Date.now() % 1_000))
  expect(retryAfter({ response: { headers: { 'retry-after': value() } } })).toBe(expected)
})

test.each([-86_400_000, 86_400_000])(
  '30: a date is by the clock of the server, where it is shown',
  (off) => {
    driveClock().moveWall(-(Date.now() % 1_000))
    const date = new Date(Date.now() + off).toUTCString()
    const later = new Date(Date.now() + off + 30_000).toUTCString()
    expect(retryAfter({ response: { headers: { date, 'retry-after': later } } })).toBe(30_000)
  },
)

test.each([
  undefined,
  null,
  'no network',
  new Error('no network'),
  { response: null },
  { response: {} },
])('30: %s has no Retry-After', (error) => {
  expect(retryAfter(error)).toBe(0)
})

test.each([
  [0, [0, 0], [10_000, 10_000]],
  [0.5, [250, 1_000], [12_750, 13_500]],
  [1, [500, 2_000], [15_500, 17_000]],
])('30: retries have full jitter, a Retry-After half: %d', (chance, alone, asked) => {
  fixChance(chance)
  expect([1, 2].map((retry) => backoff(retry, 0))).toEqual(alone)
  expect([1, 2].map((retry) => backoff(retry, 10_000))).toEqual(asked)
})

test.each([
  [0, [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]],
  [1, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
])('26: the cool-down doubles up to a bound, and half of it is chance: %d', (chance, expected) => {
  fixChance(chance)
  const failures = [1, 2, 3, 4, 5, 6, 1_000]
  expect(failures.map((count) => coolDown(count, 60_000))).toEqual(expected)
  expect(coolDown(1_000, 5_000)).toBe(chance ? 2_500 : 5_000)
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
