import type { AxiosError, AxiosHeaders, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { AnyAnswer } from '../calls/transport'
import { stepUpIn } from '../session/challenge'
import { awaitSafely } from '../utils/call-safely'
import { cutting } from '../utils/secrets'

/**
 * Tells whether the server denied the token (RFC 6750 §3.1). The default of the option `isExpired`. Where a user must step
 * up, a newer token does not help.
 */
export const isUnauthorized = (response: AnyAnswer['response']): boolean =>
  response.status === 401 && !stepUpIn(response)

/** The answer of the application to the question whether a response says that the token has expired. */
export interface Verdict {
  readonly isExpired: boolean
  /** Gives the response its decoded body, and makes axios skip decoding once. To be called before it is delivered. */
  useDecodedBody(): void
}

/** The option of that name. An application without types may answer with a promise. */
export type IsExpired = (response: AxiosResponse, error?: AxiosError) => boolean | Promise<boolean>

/**
 * Asks the application for its verdict.
 *
 * @param token the token that was sent; null where a cookie was
 */
export const ask = (
  isExpired: IsExpired,
  token: string | null,
  ...judged: Parameters<IsExpired>
): Promise<boolean> => awaitSafely('isExpired', () => isExpired(...judged), false, cutting([token]))

/** Parses a JSON body even if the request asked for text, bytes or a blob: a download may turn out to be an error. */
async function decodeJson(
  data: unknown,
  { headers }: AxiosResponse,
  { responseType = 'json' }: InternalAxiosRequestConfig,
): Promise<unknown> {
  const isJson = String(headers?.['content-type']).includes('json')
  if (!isJson || !/^(?:text|arraybuffer|blob)$/.test(responseType)) return data
  try {
    return await new Response(data as BodyInit).json()
  } catch {
    return data
  }
}

/** Asks the application for its verdict on a response, with the body decoded whatever the `responseType`. */
export async function judge(
  isExpired: IsExpired,
  response: AxiosResponse,
  config: InternalAxiosRequestConfig & { response?: AxiosResponse },
  token: string | null = null,
): Promise<Verdict> {
  const { transformResponse } = config
  let { data } = response as AxiosResponse<unknown>
  let isDecoded = true
  // A transform may read the response from the config, as when axios itself calls it.
  config.response = response
  try {
    for (const transform of [transformResponse ?? []].flat()) {
      data = transform.call(config, data, response.headers as AxiosHeaders, response.status)
    }
  } catch {
    // Axios decodes the body once more, and rejects.
    isDecoded = false
  }
  delete config.response

  const decoded = { ...response, data: await decodeJson(data, response, config) }
  return {
    isExpired: await ask(isExpired, token, decoded),
    useDecodedBody() {
      if (!isDecoded) return
      response.data = data
      config.transformResponse = (kept: unknown) => {
        if (transformResponse) config.transformResponse = transformResponse
        return kept
      }
    },
  }
}
