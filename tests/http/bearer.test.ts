import { AxiosHeaders } from 'axios'
import { expect, test } from 'vitest'
import { attachBearer, hasCredential } from '../../src/http/bearer'

test('the token is attached as a bearer token, whatever was there, and nothing else changes', () => {
  const headers = new AxiosHeaders({ authorization: 'Bearer old', accept: 'text/plain' })
  const config = { headers, url: '/orders', params: { page: 1 } }
  attachBearer(config, 'new')
  expect(headers.get('Authorization')).toBe('Bearer new')
  expect(config).toEqual({ headers, url: '/orders', params: { page: 1 } })
})

test('a request with a user name or an Authorization has a credential of its own, however empty', () => {
  const headers = new AxiosHeaders()
  expect(hasCredential({ headers })).toBe(false)
  expect(hasCredential({ headers, auth: { username: 'ada', password: '' } })).toBe(true)
  expect(hasCredential({ headers: new AxiosHeaders({ authorization: '' }) })).toBe(true)
})
