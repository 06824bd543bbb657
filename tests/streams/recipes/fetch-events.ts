// src/fetch-events.ts
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { isAuthError } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { authPlugin } from './auth'
import { whenSessionEnds } from './session-end'

const authFetch = createAuthFetch(authPlugin)

/** Listens for as long as the session lasts. Returns what stops that. */
export function listen(url: string, onMessage: (data: string) => void, wait = 1_000) {
  const controller = new AbortController()
  const { signal } = controller
  let lastId: string | undefined

  async function connect() {
    const headers = { Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) }
    // A request as any other: with a live token, and sent once more where the server refuses it.
    const { ok, body } = await authFetch(url, { headers, signal })
    if (!ok || !body) return
    const messages = body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader()
    for (;;) {
      const { done, value } = await messages.read()
      if (done) return
      lastId = value.id ?? lastId
      onMessage(value.data)
    }
  }
  async function listenOn() {
    while (!signal.aborted) {
      // A connection that is cut is opened again; a session that is over is not.
      const failure: unknown = await connect().catch((error: unknown) => error)
      if (isAuthError(failure) && !isAuthError(failure, 'unreachable')) return
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }

  void listenOn()
  const close = () => controller.abort()
  whenSessionEnds(close)
  return close
}
