import axios, {
  AxiosError,
  AxiosHeaders,
  getAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { once } from '../utils/once'

type Config = InternalAxiosRequestConfig

/**
 * The copy of axios that made an instance. An app may have two, an ES module and CommonJS in Node say: its errors must
 * be instances of the class that the app knows.
 */
export interface AxiosCopy {
  /**
   * Sends a request, without an adapter as axios does by default. An adapter that throws counts as one that rejects, so
   * that the config is restored.
   */
  send(adapter: Config['adapter'], config: Config): Promise<AxiosResponse>
  /** Makes an error of a request that is not sent. */
  newError(message: string, code: string, config: Config): Promise<AxiosError>
}

/** Whether the copy that made a config is the one that this library imports. */
const isOurs = ({ headers }: Config): boolean => headers instanceof AxiosHeaders

export function copyOf(instance: AxiosInstance): AxiosCopy {
  /** A client of that copy without defaults: it sends what it is given as it is. */
  const client = once((): AxiosInstance => {
    const created = instance.create()
    for (const key of Object.keys(created.defaults)) Reflect.deleteProperty(created.defaults, key)
    return created
  })
  /** Its class of errors, taken from the error about an adapter that does not exist. */
  async function errorClass(): Promise<typeof AxiosError> {
    const error = await client()
      .request({ adapter: 'none' })
      .catch((reason: object) => reason)
    return error.constructor as typeof AxiosError
  }

  return {
    send(adapter, config) {
      try {
        if (typeof adapter === 'function') return adapter(config)
        if (isOurs(config)) return getAdapter(adapter || axios.defaults.adapter, config)(config)
        const sent = { ...config, transformRequest: [], transformResponse: [] }
        // The config has the adapter of this library. Without any, the copy takes its own default.
        delete sent.adapter
        return client().request(adapter ? { ...sent, adapter } : sent)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async newError(message, code, config) {
      const Own = isOurs(config) ? AxiosError : await errorClass()
      return new Own(message, code, config)
    },
  }
}
