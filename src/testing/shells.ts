import { getAdapter, type AxiosAdapter } from 'axios'
import { abortable } from '../utils/waiting'

type Serve = (request: Request) => Promise<Response>
type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The URL of the page, which resolves relative URLs. */
function baseUrl(): string {
  const url = globalThis.location?.href ?? ''
  return url.startsWith('http') ? url : 'http://localhost'
}

/** A `fetch` that asks a server in this process. */
export const fetchOf =
  (serve: Serve): Fetch =>
  async (input, { signal, ...init } = {}) => {
    const isRequest = input instanceof Request
    const stop = signal ?? (isRequest ? input.signal : undefined)
    stop?.throwIfAborted()
    // Without the signal: `Request` refuses that of a test DOM.
    const request = isRequest
      ? new Request(input, init)
      : new Request(new URL(input, baseUrl()), init)
    const answer = serve(request)
    return stop ? abortable(answer, stop) : answer
  }

/** An adapter of axios that sends by such a `fetch`. Everything else is done by the one of axios. */
export function adapterOf(fetch: Fetch): AxiosAdapter {
  // Null has axios leave the making of the request to `fetch`.
  const env = { fetch, Request: null } as unknown as { fetch: Fetch }
  return (config) => getAdapter('fetch', { ...config, env })(config)
}

/** A resolver of msw. */
export const handlerOf =
  (serve: Serve) =>
  ({ request }: { request: Request }): Promise<Response> =>
    serve(request).catch(() => Response.error())

/** A request that Playwright has intercepted, as far as it is needed here. */
export interface InterceptedRoute {
  request(): {
    url(): string
    method(): string
    headers(): Record<string, string>
    postData(): string | null
  }
  fulfill(response: {
    status: number
    headers: Record<string, string>
    body: string
  }): Promise<unknown>
  abort(): Promise<unknown>
}

/** Answers requests of another process, a browser's. */
export const routeOf =
  (serve: Serve) =>
  async (route: InterceptedRoute): Promise<void> => {
    const asked = route.request()
    const headers = asked.headers()
    const init = { method: asked.method(), headers, body: asked.postData() }
    try {
      const response = await serve(new Request(asked.url(), init))
      const { status } = response
      const { origin } = headers
      const allowed = {
        'access-control-allow-origin': origin ?? '*',
        // Browsers refuse it beside `*`, and an answer with cookies without it.
        ...(origin && { 'access-control-allow-credentials': 'true' }),
      }
      const sent = { ...Object.fromEntries(response.headers), ...allowed }
      await route.fulfill({ status, headers: sent, body: await response.text() })
    } catch {
      await route.abort()
    }
  }
