/** A response that may be read without reading the original, and the copy whose body is read; undefined without one. */
type LazyCopy = readonly [response: Response, copyOf: () => Response | undefined]

/** Copies the body of a response when it is first asked for. */
export function lazyCopy(original: Response): LazyCopy {
  let copy: Response | undefined
  const get = (_original: Response, name: PropertyKey): unknown => {
    // Members of every object, `constructor` too, read no body.
    const isReader = typeof Reflect.get(original, name) === 'function' && !(name in {})
    if (name === 'body' || isReader) copy ??= original.clone()
    const target = copy ?? original
    const value: unknown = Reflect.get(target, name)
    return isReader && typeof value === 'function' ? (value.bind(target) as unknown) : value
  }
  return [new Proxy(original, { get }), () => copy]
}
