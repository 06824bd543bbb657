import type { AxiosHeaders, AxiosResponse, InternalAxiosRequestConfig } from 'axios'

/** What the application says of a response, with its body decoded. */
export interface Verdict {
  readonly isExpired: boolean
  /** The response goes to the caller: it keeps the decoded body, and axios' own turn to decode passes. */
  deliver(): void
}

/** Asked for as text, bytes or a blob, a JSON body is parsed all the same: a download may turn out to be an error. */
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

/** A verdict that throws is no reason to keep the caller from an answer. */
async function ask(
  isExpired: (response: AxiosResponse) => boolean,
  response: AxiosResponse,
): Promise<boolean> {
  try {
    return isExpired(response)
  } catch (error) {
    console.error('[vue-auth-refresh] isExpired threw', error)
    return false
  }
}

/** The application's own verdict, over the decoded body, whatever the `responseType`. */
export async function judge(
  isExpired: (response: AxiosResponse) => boolean,
  response: AxiosResponse,
  config: InternalAxiosRequestConfig & { response?: AxiosResponse },
): Promise<Verdict> {
  const { transformResponse } = config
  let { data } = response as AxiosResponse<unknown>
  let isDecoded = true
  // A transform may read the response it decodes off the config, as in axios' own turn.
  config.response = response
  try {
    for (const transform of [transformResponse ?? []].flat()) {
      data = transform.call(config, data, response.headers as AxiosHeaders, response.status)
    }
  } catch {
    // A body that cannot be decoded is for axios to complain about.
    isDecoded = false
  }
  delete config.response

  return {
    isExpired: await ask(isExpired, {
      ...response,
      data: await decodeJson(data, response, config),
    }),
    deliver() {
      if (!isDecoded) return
      response.data = data
      config.transformResponse = (kept: unknown) => {
        if (transformResponse) config.transformResponse = transformResponse
        return kept
      }
    },
  }
}
