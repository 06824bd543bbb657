// src/socket.ts
import { isAuthError, useAuthStore } from 'vue-auth-refresh'
import { liveToken } from './live-token'
import { whenSessionEnds } from './session-end'

/** The close code by which your server says that it refuses the token; between 4000 and 4999. */
const REFUSED = 4401

/** Stays connected for as long as the session lasts. Returns what closes it. Call it in a component. */
export function openSocket(url: string, onMessage: (data: string) => void, wait = 1_000) {
  const store = useAuthStore()
  let socket: WebSocket | undefined
  let refused: string | undefined
  let isOver = false

  async function connect() {
    try {
      const token = await liveToken(store, refused)
      if (isOver) return
      const opened = (socket = new WebSocket(url))
      opened.addEventListener('open', () => opened.send(JSON.stringify({ type: 'auth', token })))
      opened.addEventListener('message', ({ data }) => onMessage(String(data)))
      opened.addEventListener('close', ({ code }) => {
        if (code === REFUSED) refused = token
        again()
      })
    } catch (error) {
      if (isAuthError(error, 'unreachable')) again()
    }
  }
  function again() {
    if (!isOver) setTimeout(() => void connect(), wait)
  }
  function close() {
    isOver = true
    socket?.close()
  }

  void connect()
  whenSessionEnds(close)
  return close
}
