import { describe, expect, test } from 'vitest'
import { redact } from '../../src/session/redact'

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
