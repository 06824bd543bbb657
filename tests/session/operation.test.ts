import { describe, expect, test } from 'vitest'
import { operationOf, type OperationRequest } from '../../src/session/operation'

const graphql = (body: unknown): OperationRequest => ({
  method: 'post',
  baseURL: 'https://api.test',
  url: '/graphql',
  data: JSON.stringify(body),
})
const get = (url: string, more: OperationRequest = {}): OperationRequest => ({
  method: 'get',
  baseURL: 'https://api.test/v1',
  url,
  ...more,
})
const persisted = (sha256Hash: string): unknown => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
})
const rpc = (method: string, id = 1): unknown => ({ jsonrpc: '2.0', id, method, params: [id] })

describe('52: two operations are told apart', () => {
  test.each<[string, OperationRequest, OperationRequest]>([
    ['by their method', get('/me'), get('/me', { method: 'delete' })],
    ['by their path', get('/orders/1'), get('/orders/2')],
    ['by their base', get('/me'), get('/me', { baseURL: 'https://other.test' })],
    ['by a word in the query', get('/api?action=list'), get('/api?action=drop')],
    ['by a parameter without a value', get('/api?list'), get('/api?drop')],
    [
      'by a word in the params',
      get('/api', { params: { action: 'list' } }),
      get('/api', { params: { action: 'drop' } }),
    ],
    [
      'by a word in the params, as an object of the URL standard',
      get('/api', { params: new URLSearchParams('action=list') }),
      get('/api', { params: new URLSearchParams('action=drop') }),
    ],
    [
      'by the operationName of GraphQL',
      graphql({ operationName: 'Orders', query: '…' }),
      graphql({ operationName: 'Salaries', query: '…' }),
    ],
    [
      'by the operationName in the query',
      get('/graphql?operationName=Orders&query=x'),
      get('/graphql?operationName=Salaries&query=x'),
    ],
    [
      'by a document with a name',
      graphql({ query: 'query Orders { orders }' }),
      graphql({ query: 'query Salaries { salaries }', operationName: null }),
    ],
    [
      'by a document without a name',
      graphql({ query: '{ orders }' }),
      graphql({ query: '{ salaries }' }),
    ],
    ['by the hash of a persisted document', graphql(persisted('a1')), graphql(persisted('b2'))],
    ['by the id of a document', graphql({ documentId: 'a' }), graphql({ documentId: 'b' })],
    [
      'by an operation of a batch',
      graphql([{ operationName: 'Me' }, { operationName: 'Orders' }]),
      graphql([{ operationName: 'Me' }, { operationName: 'Salaries' }]),
    ],
    ['by the method of JSON-RPC', graphql(rpc('orders')), graphql(rpc('salaries'))],
    [
      'by a method of a batch of JSON-RPC',
      graphql([rpc('me'), rpc('orders')]),
      graphql([rpc('me'), rpc('salaries')]),
    ],
    [
      'by the beginning of a body that is too long to parse',
      graphql({ operationName: 'Orders', variables: 'x'.repeat(200_000) }),
      graphql({ operationName: 'Salaries', variables: 'x'.repeat(200_000) }),
    ],
  ])('%s', (_name, one, other) => {
    expect(operationOf(one)).not.toBe(operationOf(other))
    expect(operationOf({ ...one })).toBe(operationOf(one))
  })
})

describe('one operation stays one', () => {
  test.each<[string, OperationRequest, OperationRequest]>([
    ['on every page', get('/orders?page=1&size=10'), get('/orders?page=2&size=10')],
    ['whatever keeps it from caches', get('/me?_=1712345678901'), get('/me?_=1712345678999')],
    ['at every time', get('/news?since=2026-11-28T10:00:00Z'), get('/news')],
    ['with numbers in the params', get('/a', { params: { page: 1 } }), get('/a')],
    ['with another fragment', get('/a#top'), get('/a')],
    [
      'with other variables',
      graphql({ operationName: 'Order', variables: { id: 1 } }),
      graphql({ operationName: 'Order', variables: { id: 2, method: 'card' } }),
    ],
    ['under another id of JSON-RPC', graphql(rpc('orders', 1)), graphql(rpc('orders', 2))],
    ['with another form', { url: '/a', data: 'name=a' }, { url: '/a', data: 'name=b' }],
  ])('%s', (_name, one, other) => {
    expect(operationOf(one)).toBe(operationOf(other))
  })
})

describe('a key is found', () => {
  test.each<[string, OperationRequest]>([
    ['of nothing', {}],
    ['of params that are no parameters', get('/a', { params: [1, 2] })],
    ['of params that are null', get('/a', { params: null })],
    ['of a body that is null', graphql(null)],
    ['of a body that is a number', graphql(7)],
    ['of a batch of nothing', graphql([])],
    ['of half a body', { url: '/a', data: '{"operationName":' }],
    ['of bytes', { url: '/a', data: new Uint8Array(8) }],
    ['of a form', { url: '/a', data: new FormData() }],
    ['of names that are no strings', graphql({ operationName: { a: ['b'] } })],
  ])('%s', (_name, request) => {
    expect(operationOf(request)).toMatch(/^\[/)
  })

  test('that does not grow with the request', () => {
    const query = `query Orders { ${'field '.repeat(10_000)} }`
    expect(operationOf(graphql({ query })).length).toBeLessThanOrEqual(2_000)
    expect(operationOf(get(`/${'a'.repeat(10_000)}`)).length).toBeLessThanOrEqual(2_000)
  })
})
