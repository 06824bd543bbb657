// src/event-source.ts
import { isAuthError } from 'vue-auth-refresh'
import { api } from './api'
import { whenSessionEnds } from './session-end'

/** Listens for as long as the session lasts. Returns what stops that. */
export function listen(url: string, onMessage: (data: string) => void, wait = 1_000) {
  let events: EventSource | undefined
  let isOver = false

  async function connect() {
    try {
      // A request as any other: it survives an expiry.
      const { data } = await api.post<{ ticket: string }>('/tickets')
      if (isOver) return
      const opened = (events = new EventSource(`${url}?ticket=${encodeURIComponent(data.ticket)}`))
      opened.addEventListener('message', (event) => onMessage(String(event.data)))
      opened.addEventListener('error', () => {
        // By itself it would connect with the same ticket, which is used up.
        opened.close()
        again()
      })
    } catch (error) {
      // A session that is over has no ticket.
      if (isAuthError(error, 'unreachable') || !isAuthError(error)) again()
    }
  }
  function again() {
    if (!isOver) setTimeout(() => void connect(), wait)
  }
  function close() {
    isOver = true
    events?.close()
  }

  void connect()
  whenSessionEnds(close)
  return close
}
