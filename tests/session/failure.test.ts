import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors'
import { classifyFailure } from '../../src/session/failure'

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
