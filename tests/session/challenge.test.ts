import { AxiosHeaders, type AxiosResponse } from 'axios'
import { describe, expect, test } from 'vitest'
import { stepUpIn } from '../../src/session/challenge'

const responseWith = (
  challenge: string | string[] | null | undefined,
  status = 401,
): AxiosResponse => ({
  data: '',
  status,
  statusText: '',
  headers: { 'www-authenticate': challenge },
  config: { headers: new AxiosHeaders() },
})

const STEP_UP = 'error="insufficient_user_authentication"'

test.each<[string, readonly string[], number | null]>([
  [`Bearer ${STEP_UP}`, [], null],
  [`Bearer ${STEP_UP}, acr_values="myACR"`, ['myACR'], null],
  [`Bearer ${STEP_UP}, acr_values=" a  b\tc "`, ['a', 'b', 'c'], null],
  [`Bearer ${STEP_UP}, max_age="5"`, [], 5],
  [`Bearer ${STEP_UP},\n  max_age=0`, [], 0],
  [
    `Bearer realm="a, b", ${STEP_UP},acr_values="urn:a:b urn:c?d=e",max_age=300`,
    ['urn:a:b', 'urn:c?d=e'],
    300,
  ],
  [`bearer ERROR = insufficient_user_authentication , Acr_Values="x" , MAX_AGE = "9"`, ['x'], 9],
  [`DPoP algs="ES256 PS256", ${STEP_UP}, acr_values="x"`, ['x'], null],
  [`Bearer ${STEP_UP}, acr_values="say \\"a\\" \\\\"`, ['say', '"a"', '\\'], null],
  // Several challenges: each has parameters of its own.
  [`Basic realm="a", Bearer ${STEP_UP}, acr_values="x"`, ['x'], null],
  [`Bearer ${STEP_UP}, acr_values="x", Basic realm="max_age=1"`, ['x'], null],
  [`Bearer ${STEP_UP}, acr_values="x", DPoP ${STEP_UP}, acr_values="y", max_age=1`, ['x'], null],
  [`Negotiate YWJj==, Bearer ${STEP_UP}, max_age=1`, [], 1],
  [`Bearer error="invalid_token", max_age=1, DPoP ${STEP_UP}`, [], null],
  // An age that is none is unknown.
  [`Bearer ${STEP_UP}, max_age="-1"`, [], null],
  [`Bearer ${STEP_UP}, max_age="5m"`, [], null],
  [`Bearer ${STEP_UP}, max_age="1e3"`, [], null],
  [`Bearer ${STEP_UP}, max_age="${'9'.repeat(400)}"`, [], null],
  [`Bearer ${STEP_UP}, max_age=`, [], null],
])('a challenge says how the user must sign in: %s', (challenge, acrValues, maxAge) => {
  expect(stepUpIn(responseWith(challenge))).toEqual({ acrValues, maxAge })
})

test('headers of a mock, one for each challenge, count as one', () => {
  const challenges = ['Basic realm="a"', `Bearer ${STEP_UP}, max_age=1`]
  expect(stepUpIn(responseWith(challenges))).toEqual({ acrValues: [], maxAge: 1 })
})

describe('no challenge to step up is', () => {
  test.each([
    'Bearer error="invalid_token"',
    'Bearer error="insufficient_user_authentications"',
    'Bearer error="insufficient_scope", acr_values="x"',
    'Bearer my_error="insufficient_user_authentication"',
    'Bearer insufficient_user_authentication',
    // In a text, it is only a text.
    'Bearer error_description="error=insufficient_user_authentication"',
    'Bearer error_description="a \\" error=insufficient_user_authentication , b"',
    'Bearer error="invalid_token", error_description="use error = insufficient_user_authentication"',
    'Basic realm="x, Bearer error=insufficient_user_authentication',
    '',
    undefined,
    null,
  ])('%s', (challenge) => {
    expect(stepUpIn(responseWith(challenge))).toBeUndefined()
  })

  test('one of another status, or of a response without headers', () => {
    expect(stepUpIn(responseWith(`Bearer ${STEP_UP}`, 403))).toBeUndefined()
    const { headers: _, ...mocked } = responseWith('')
    expect(stepUpIn(mocked as AxiosResponse)).toBeUndefined()
  })
})

test('62: a long header is read in one go', () => {
  for (const part of ['a="\\', '"', 'a  ', 'a=,', '=\\"', 'a="b" ']) {
    expect(stepUpIn(responseWith(part.repeat(100_000)))).toBeUndefined()
  }
})

test('the header of a mock is found in any case', () => {
  const headers = { 'WWW-Authenticate': `Bearer ${STEP_UP}` }
  expect(stepUpIn({ status: 401, headers })).toEqual({ acrValues: [], maxAge: null })
  expect(stepUpIn({ status: 401, headers: new Headers(headers) })).toBeDefined()
  expect(stepUpIn({ status: 401 })).toBeUndefined()
})
