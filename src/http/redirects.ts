import type { AxiosInstance, AxiosResponse } from 'axios'
import { partOfUrl } from './allowed-origins'
import type { AxiosCopy } from './axios-copy'
import type { Config } from './call'

/** The statuses that lead elsewhere; 0 for one that `fetch` was told not to follow, in a browser. */
export const isRedirect = (status: number | undefined): boolean =>
  status === 0 || (status !== 304 && Math.floor(Number(status) / 100) === 3)

/** Rejects as a request whose answer leads elsewhere. */
export async function refuseRedirect(copy: AxiosCopy, config: Config): Promise<never> {
  throw await copy.newError(
    'The server redirects, which could take a credential to another origin: use the final URL.',
    'ERR_FR_TOO_MANY_REDIRECTS',
    config,
  )
}

/**
 * Sends a request with a credential that follows no redirect to another origin. In Node it is taken off. `fetch` does
 * that with `Authorization`; with another credential it follows none, unless the config names a `redirect`.
 *
 * @param sent the config with the credential
 * @param config the config without it, or the same where it is in `Authorization`
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
  const { beforeRedirect, fetchOptions } = sent
  const names = ['authorization']
  // Compare before sending: the adapter adds headers of its own.
  if (sent !== config) {
    const changed = Object.keys(sent.headers).filter((name) => sent.headers[name] !== bare[name])
    names.push(...changed.map((name) => name.toLowerCase()))
  }
  const isInBody = sent.data !== config.data
  sent.beforeRedirect = (options, ...details) => {
    const { href, headers } = options as { href: string; headers: Record<string, unknown> }
    if (new URL(href).origin !== partOfUrl(instance, sent, 'origin')()) {
      if (isInBody) throw new Error('A redirect would take the access token to another origin.')
      delete options['auth']
      for (const name of Object.keys(headers)) {
        if (names.includes(name.toLowerCase())) delete headers[name]
      }
    }
    beforeRedirect?.(options, ...details)
  }
  const isHeld = isInBody || names.some((name) => name !== 'authorization')
  if (isHeld) sent.fetchOptions = { redirect: 'manual', ...fetchOptions }
  try {
    const response = await send()
    return isHeld && response.status === 0 ? await refuseRedirect(copy, config) : response
  } finally {
    Object.assign(sent, { beforeRedirect, fetchOptions })
  }
}
