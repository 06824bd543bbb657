import { describe, expect, test } from 'vitest'
import { redact } from '../../src/session/redact'

describe('41: of a cause is kept', () => {
  test('its message without the secrets, however often they stand in it', () => {
    const error = redact(new Error('a.b was refused; a.b or c-d?'), 'a.b', null, 'c-d')
    expect(error.message).toBe('[redacted] was refused; [redacted] or [redacted]?')
  })

  const token = 'a+b/c=d.e_f-g~h%i"j\\k'
  const form = String(new URLSearchParams({ token }))

  test.each<[string, string]>([
    ['as it is', token],
    ['in a URL', encodeURIComponent(token)],
    ['in a URL whose percent-encoding is in lower case', encodeURIComponent(token).toLowerCase()],
    ['in a form', form.slice('token='.length)],
    ['in a path, where only some characters are encoded', encodeURI(token)],
    ['in a URL that is in a URL', encodeURIComponent(encodeURIComponent(token))],
    ['in JSON', JSON.stringify(token).slice(1, -1)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(token)).slice(3, -3)],
    ['in JSON with escapes', JSON.stringify(token).slice(1, -1).replace('/', '\\/')],
    ['in JSON for HTML', JSON.stringify(token).slice(1, -1).replace('+', '\\u002B')],
  ])('its message without a secret that stands there %s', (_, written) => {
    const { message } = redact(new Error(`<${written}> was refused, ${written} too`), token)
    expect(message).toBe('<[redacted]> was refused, [redacted] too')
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

  test.each<[string, unknown, unknown]>([
    ['a text with a secret in it', 'token a.b is spent', 'token [redacted] is spent'],
    ['a text with an encoded secret in it', `q=${encodeURIComponent('c+d')}`, 'q=[redacted]'],
    ['a number', 4001, 4001],
    ['an object, as the answer of a server', { token: 'a.b' }, undefined],
    ['a list', ['a.b'], undefined],
    ['a function', () => 'a.b', undefined],
  ])('its code without the secrets, where that is %s', (_, code, kept) => {
    expect(redact(Object.assign(new Error('no'), { code }), 'a.b', 'c+d')).toHaveProperty(
      'code',
      kept,
    )
  })

  test('something, whatever was thrown', () => {
    expect(redact(null).message).toBe('undefined')
    expect(redact('text').message).toBe('undefined')
  })
})
