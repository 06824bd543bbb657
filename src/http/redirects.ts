import type { AxiosInstance, AxiosResponse } from 'axios'
import { partOfUrl } from './allowed-origins'
import type { AxiosCopy } from './axios-copy'
import type { Config } from './call'

/** Passes a response on, unless it leads elsewhere. `fetch` in browsers hides where to, with status 0. */
export async function refuseRedirect(
  copy: AxiosCopy,
  response: AxiosResponse,
  config: Config,
): Promise<AxiosResponse> {
  if (!/^(?:0$|3(?!04))/.test(String(response.status))) return response
  const error = await copy.newError(
    'The server redirects, perhaps to another origin: use the final URL.',
    'ERR_FR_TOO_MANY_REDIRECTS',
    config,
  )
  // The server has answered: it need not be told of a logout again.
  error.response = response
  throw error
}

/**
 * Sends a request with a credential that follows no redirect to another origin. The Node adapter takes the headers off,
 * `fetch` takes `Authorization` off. With more to take off, no redirect is followed, unless the config names a `redirect`.
 *
 * @param sent the config with the credential; a copy, unless that is in `Authorization`
 * @param config the config without it
 * @param bare the headers without it
 */
export async function sendWithin(
  instance: AxiosInstance,
  copy: AxiosCopy,
  sent: Config,
  config: Config,
  bare: Config['headers'],
  send: () => Promise<AxiosResponse>,
): Promise<AxiosResponse> {
  const { beforeRedirect } = sent
  // Compare before sending: the adapter adds headers of its own.
  const names = Object.keys(sent.headers).filter((name) => sent.headers[name] !== bare[name])
  const isCarried = (name: string): boolean =>
    names.some((one) => one.toLowerCase() === name.toLowerCase())
  sent.beforeRedirect = (options, ...details) => {
    if (new URL(String(options['href'])).origin !== partOfUrl(instance, sent, 'origin')()) {
      delete options['auth']
      const headers = options['headers'] as Record<string, unknown>
      for (const name of Object.keys(headers)) if (isCarried(name)) delete headers[name]
    }
    beforeRedirect?.(options, ...details)
  }
  const isInBody = sent.data !== config.data
  const isHeld = isInBody || names.some((name) => !/^authorization$/i.test(name))
  if (isHeld) sent.fetchOptions = { redirect: 'manual', ...sent.fetchOptions }
  if (isInBody) sent.maxRedirects = 0
  try {
    const response = await send()
    return isHeld && response.status === 0 ? await refuseRedirect(copy, response, config) : response
  } finally {
    Object.assign(sent, { beforeRedirect })
  }
}
