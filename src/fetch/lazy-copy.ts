/** A response that may be read without reading the original: its body is copied when it is first asked for. */
export function lazyCopy(response: Response): Response {
  let copy: Response | undefined
  return new Proxy(response, {
    get(_response, name) {
      const isBody = name === 'body' || typeof Reflect.get(response, name) === 'function'
      if (isBody) copy ??= response.clone()
      const target = copy ?? response
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
