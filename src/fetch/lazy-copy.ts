/** A response that may be read without reading the original, and what drops what was not read of it. */
export interface LazyCopy {
  readonly response: Response
  /** Frees the body of the copy. Otherwise it would stay in memory for as long as the original is read. */
  drop(): void
}

/** Copies the body of a response when it is first asked for. */
export function lazyCopy(original: Response): LazyCopy {
  let copy: Response | undefined
  const response = new Proxy(original, {
    get(_original, name) {
      // Members of every object, `constructor` too, read no body.
      const isReader =
        typeof Reflect.get(original, name) === 'function' && !(name in Object.prototype)
      if (name === 'body' || isReader) copy ??= original.clone()
      const target = copy ?? original
      const value: unknown = Reflect.get(target, name)
      return isReader && typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return {
    response,
    drop() {
      // One that is being read is locked, and goes on. Polyfills have other streams.
      const body = copy?.body as Partial<ReadableStream> | null | undefined
      body?.cancel?.().catch(() => {})
    },
  }
}
