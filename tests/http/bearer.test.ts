import { AxiosHeaders } from 'axios'
import { expect, test } from 'vitest'
import { credentialOf } from '../../src/calls/credential'
import { attachBearer } from '../../src/http/bearer'

test('the token is attached as a bearer token, whatever was there, and nothing else changes', () => {
  const headers = new AxiosHeaders({ authorization: 'Bearer old', accept: 'text/plain' })
  const config = { headers, url: '/orders', params: { page: 1 } }
  attachBearer(config, 'new')
  expect(headers.get('Authorization')).toBe('Bearer new')
  expect(config).toEqual({ headers, url: '/orders', params: { page: 1 } })
})

test('a request with a user name has a credential of its own, however empty; without one it has none', () => {
  const headers = new AxiosHeaders()
  expect(credentialOf({ headers })).toBe('none')
  expect(credentialOf({ headers, auth: { username: 'ada', password: '' } })).toBe('own')
})

test.each<['own' | 'blank' | 'none', (string | boolean | null | undefined)[]]>([
  ['own', ['Bearer x', 'Basic abc', 'x', 'nullable', 'Bearer nullable', 'undefined x', false]],
  ['blank', ['', ' ', 'Bearer', 'BEARER ', 'Bearer null', 'Token undefined', 'NULL', null]],
  ['none', [undefined]],
])('49: a credential is %s: %j', (kind, values) => {
  for (const value of values) {
    const headers = new AxiosHeaders()
    headers.set('authorization', value as string)
    expect(credentialOf({ headers }), String(value)).toBe(kind)
  }
})
