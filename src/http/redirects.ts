import type { AxiosInstance, AxiosResponse } from 'axios'
import { partOfUrl } from './allowed-origins'
import type { AxiosCopy } from './axios-copy'
import { NOT_A_FORM } from './bearer'
import type { Config } from './axios-call'

/** Rejects as a request that is led elsewhere, where its credential must not go. */
export async function refuseDetour(
  copy: AxiosCopy,
  config: Config,
  response?: AxiosResponse,
): Promise<never> {
  const error = await copy.newError(
    'A redirect or a `<base>` element leads this request elsewhere: use the final URL, absolute.',
    'ERR_BAD_REQUEST',
    config,
  )
  // The server has answered, so it need not be told of a logout again.
  if (response) error.response = response
  throw error
}

/** Headers that `fetch` takes off itself, and that are no secret. */
const UNHELD_NAMES = ['authorization', NOT_A_FORM.toLowerCase()]

/** The headers that the default of `attach` sets. */
const BEARER_NAMES = ['authorization']

/** The headers that `attach` has set. To be asked before sending: the adapter adds headers of its own. */
const changedNames = (headers: Config['headers'], bare: Config['headers']): string[] =>
  Object.keys(headers)
    .filter((name) => headers[name] !== bare[name])
    .map((name) => name.toLowerCase())

/**
 * Has a request take its credential along on no redirect to another origin. The Node adapter takes the headers off,
 * `fetch` takes `Authorization` off. With more to take off, no redirect is followed, unless the config names a `redirect`.
 *
 * Returns whether none is followed. A browser hides where one leads: its response has the status 0.
 *
 * @param sent the config with the credential; a copy, unless that is in `Authorization`
 * @param config the config without it
 * @param bare the headers without it
 */
export function guardRedirects(
  instance: AxiosInstance,
  sent: Config,
  config: Config,
  bare: Config['headers'],
): boolean {
  const { beforeRedirect } = sent
  const names = sent === config ? BEARER_NAMES : changedNames(sent.headers, bare)
  sent.beforeRedirect = (options, ...details) => {
    if (new URL(String(options['href'])).origin !== partOfUrl(instance, sent, 'origin')()) {
      delete options['auth']
      const headers = options['headers'] as Record<string, unknown>
      for (const name of Object.keys(headers)) {
        if (names.includes(name.toLowerCase())) delete headers[name]
      }
    }
    beforeRedirect?.(options, ...details)
  }
  const isInBody = sent.data !== config.data
  const followsNone = isInBody || names.some((name) => !UNHELD_NAMES.includes(name))
  if (followsNone) sent.fetchOptions = { redirect: 'manual', ...sent.fetchOptions }
  if (isInBody) sent.maxRedirects = 0
  return followsNone
}
