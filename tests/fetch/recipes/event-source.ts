// src/event-source.ts
import { EventSource } from 'eventsource'
import { API, authFetch } from './auth'

/** Calls back for each event. Close what is returned when the user has signed out. */
export function listen(onOrder: (data: unknown) => void): EventSource {
  const events = new EventSource(`${API}/events`, { fetch: authFetch })
  events.addEventListener('message', ({ data }) => onOrder(data))
  return events
}
