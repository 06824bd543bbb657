import { AxiosHeaders, type AxiosResponse } from 'axios'
import { expect, test } from 'vitest'
import { attachBearer, isUnauthorized } from '../../src/http/bearer'

const responseOf = (status: number): AxiosResponse => ({
  status,
  statusText: '',
  data: null,
  headers: {},
  config: { headers: new AxiosHeaders() },
})

test('a response says that the token has expired by 401 alone', () => {
  expect(isUnauthorized(responseOf(401))).toBe(true)
})

test.each([200, 400, 403, 407, 419, 500])('33: %i does not say that it has expired', (status) => {
  expect(isUnauthorized(responseOf(status))).toBe(false)
})

test('the token is attached as a bearer token, whatever was there, and nothing else changes', () => {
  const headers = new AxiosHeaders({ authorization: 'Bearer old', accept: 'text/plain' })
  const config = { headers, url: '/orders', params: { page: 1 } }
  attachBearer(config, 'new')
  expect(headers.get('Authorization')).toBe('Bearer new')
  expect(config).toEqual({ headers, url: '/orders', params: { page: 1 } })
})
