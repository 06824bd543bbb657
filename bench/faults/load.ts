import { AuthError, isAuthError } from 'vue-auth-refresh'
import type { AxiosInstance } from 'axios'

/** In ms, between two requests. */
const EVERY = 50
/** The number of paths, requested in turn, like an application that polls. */
const RESOURCES = 10

/** The server's answer: the request as it arrived. */
interface Echo {
  readonly user: string
  readonly method: string
  readonly url: string
  readonly body: string
}

/** A caller that has been answered or rejected. */
export interface Settled {
  /** `answered`, the code of an AuthError, or the HTTP status of an error that has none. */
  readonly as: string
  /** In ms, from its call. */
  readonly took: number
  /** On the clock of `performance`. */
  readonly at: number
}

/** A steady load of requests. */
export class Load {
  readonly settled: Settled[] = []
  made = 0
  private timer: NodeJS.Timeout | undefined
  private readonly calls = new Set<Promise<void>>()

  constructor(
    private readonly api: AxiosInstance,
    private readonly user: string,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      const call = this.call().finally(() => this.calls.delete(call))
      this.calls.add(call)
    }, EVERY)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /** Resolves once all requests made so far are settled. */
  async drained(): Promise<void> {
    await Promise.all(this.calls)
  }

  private async call(): Promise<void> {
    const number = this.made++
    const url = `/orders/${number % RESOURCES}?n=${number}`
    const begun = performance.now()
    const as = await this.ask(number, url).catch(reasonOf)
    const at = performance.now()
    this.settled.push({ as, took: at - begun, at })
  }

  /** Every fourth one has a body; every answer must be the one to this very request. */
  private async ask(number: number, url: string): Promise<string> {
    const method = number % 4 ? 'GET' : 'POST'
    const body = number % 4 ? '' : JSON.stringify({ number })
    const { data } = await this.api.request<Echo>({ method, url, data: body ? { number } : null })
    const isMine =
      data.user === this.user &&
      data.method === method &&
      data.url === url &&
      Buffer.from(data.body, 'base64').toString() === body
    return isMine ? 'answered' : 'wrong answer'
  }
}

function reasonOf(error: unknown): string {
  if (isAuthError(error)) return error instanceof AuthError ? error.code : error.cause.code
  const { response, message } = error as { response?: { status: number }; message?: string }
  return response ? `HTTP ${response.status}` : `no reason: ${message}`
}
