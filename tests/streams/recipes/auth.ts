import { createAuth } from 'vue-auth-refresh'
import { api } from './api'
import { onEvent } from './session-end'

/** Stands for that of the quick start. */
export const authPlugin = createAuth({
  axios: api,
  login: async (credentials, { http }) =>
    (await http.post<unknown>('/auth/login', credentials)).data,
  refresh: async ({ refreshToken }, { http, signal }) =>
    (await http.post<unknown>('/auth/refresh', { refreshToken }, { signal })).data,
  onEvent,
})
