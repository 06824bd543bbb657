/** Tells whether sending a body uses it up: a Node stream, a web stream, a generator. */
export const isOneShot = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  ['pipe', 'getReader', Symbol.asyncIterator].some((key) => key in body)

/**
 * Tells whether a request could be sent a second time.
 *
 * @param original the body that the caller passed
 */
export const isReplayable = ({ data }: { readonly data?: unknown }, original: unknown): boolean =>
  !isOneShot(data) || !(original === undefined || isOneShot(original))

/** The most bytes that are copied: a larger upload would stop the page, and need its memory twice. */
const LARGEST_COPY_BYTES = 1_048_576

/** Tells an `ArrayBuffer`, also that of another realm, from objects that only look like one. */
const isBuffer = (value: unknown): value is ArrayBuffer =>
  Object.prototype.toString.call(value) === '[object ArrayBuffer]'

/** Copies a body that its caller could change while it waits: bytes, a form. Others, and larger ones, are shared. */
export function copyBody(body: unknown): unknown {
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof FormData) {
    const copy = new FormData()
    body.forEach((value, name) => copy.append(name, value))
    return copy
  }
  const view = isBuffer(body) ? new Uint8Array(body) : body
  if (!ArrayBuffer.isView(view)) return body
  const { buffer, byteOffset, byteLength } = view
  return isBuffer(buffer) && byteLength <= LARGEST_COPY_BYTES
    ? buffer.slice(byteOffset, byteOffset + byteLength)
    : body
}
