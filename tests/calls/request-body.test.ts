import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { AxiosHeaders, type AxiosRequestTransformer } from 'axios'
import { describe, expect, test } from 'vitest'
import { copyBody, isReplayable } from '../../src/calls/request-body'
import { rewindBody } from '../../src/http/rewind-body'

const configOf = (data: unknown, transformRequest?: AxiosRequestTransformer[]) => ({
  data,
  headers: new AxiosHeaders({ 'X-Kind': 'form' }),
  ...(transformRequest && { transformRequest }),
})

const streams: [string, () => unknown][] = [
  ['a Node stream', () => Readable.from(['x'])],
  ['a web stream', () => new ReadableStream()],
  ['a generator', () => (async function* () {})()],
  ['anything that is read piece by piece', () => ({ getReader() {} })],
  ['anything that is piped', () => ({ pipe() {} })],
]

describe('35: a body that can be read again is left as it is', () => {
  test.each<[string, unknown]>([
    ['text', 'pipe'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { a: 1 }],
    ['bytes', new Uint8Array(2)],
    ['a form', new FormData()],
  ])('%s', (_, data) => {
    const config = configOf(data, [() => 'transformed'])
    expect(isReplayable(config, 'original')).toBe(true)
    rewindBody(config, 'original')
    expect(config.data).toBe(data)
  })
})

describe('36: what is used up by sending cannot be sent again', () => {
  test.each(streams)('%s', (_, create) => {
    const data = create()
    expect(isReplayable(configOf(data), data)).toBe(false)
    expect(isReplayable(configOf(data), undefined)).toBe(false)
  })
})

test.each(streams)(
  '35: where the caller gave something else, it is made anew from that: %s',
  (_, create) => {
    const seen: unknown[] = []
    const config = configOf(create(), [
      function (data, headers) {
        seen.push(this, data, headers)
        return `${String(data)}+1`
      },
      (data) => `${String(data)}+2`,
    ])
    expect(isReplayable(config, 'original')).toBe(true)
    rewindBody(config, 'original')
    expect(config.data).toBe('original+1+2')
    expect(seen).toEqual([config, 'original', config.headers])
  },
)

test('35: without transforms it is what the caller gave', () => {
  const config = configOf(Readable.from(['x']))
  rewindBody(config, 'original')
  expect(config.data).toBe('original')
})

const viewLike = { buffer: new ArrayBuffer(4), byteOffset: 1, byteLength: 2, name: 'a.bin' }

class Attachment {
  get buffer(): ArrayBuffer {
    return new ArrayBuffer(2)
  }
}

describe('35: a copy of a body that its caller could change', () => {
  test('has the same bytes, of a view only its own', () => {
    const bytes = new Uint8Array([1, 2, 3, 4])
    const copies = [bytes, bytes.buffer, new DataView(bytes.buffer), bytes.subarray(1, 3)].map(
      copyBody,
    )
    bytes.fill(9)
    expect(copies.map((copy) => [...new Uint8Array(copy as ArrayBuffer)])).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [2, 3],
    ])
  })

  test('has the same bytes, also where they are of another realm', () => {
    const bytes = runInNewContext('new Uint8Array([1, 2, 3])') as Uint8Array<ArrayBuffer>
    const copies = [bytes, bytes.buffer].map(copyBody)
    bytes.fill(9)
    expect(copies.map((copy) => [...new Uint8Array(copy as ArrayBuffer)])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  test('has the same members in the same order', () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('b', new File(['x'], 'x.txt'))
    form.append('a', '2')
    const copy = copyBody(form) as FormData
    expect(copy).not.toBe(form)
    expect([...copy]).toEqual([...form])
    const parameters = new URLSearchParams('a=1&b=2&a=3')
    expect(String(copyBody(parameters))).toBe('a=1&b=2&a=3')
    expect(copyBody(parameters)).not.toBe(parameters)
  })

  test.each<[string, unknown]>([
    ['text', 'x'],
    ['nothing', undefined],
    ['null', null],
    ['a blob', new Blob(['x'])],
    ['a stream', Readable.from(['x'])],
    ['more than a megabyte', new Uint8Array(1_048_577)],
    ['an object with a length', { byteLength: 1 }],
    ['an object with a buffer', { buffer: new ArrayBuffer(2), name: 'a.bin' }],
    ['an object with the members of a view', viewLike],
    ['an object whose class reads its buffer', new Attachment()],
    ['a function with a buffer', Object.assign(() => {}, { buffer: new ArrayBuffer(2) })],
    ['memory that is shared', new SharedArrayBuffer(2)],
    ['a view of memory that is shared', new Uint8Array(new SharedArrayBuffer(2))],
  ])('is not made of %s', (_, body) => {
    expect(copyBody(body)).toBe(body)
  })
})
