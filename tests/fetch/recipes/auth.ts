// src/auth.ts
import axios from 'axios'
import { createAuth } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'

export const API = String(import.meta.env['VITE_API'])

export const authPlugin = createAuth({
  axios: axios.create({ baseURL: API }),
  login: async (credentials, { http, signal }) =>
    (await http.post<unknown>('/auth/login', credentials, { signal })).data,
  refresh: async ({ refreshToken }, { http, signal }) =>
    (await http.post<unknown>('/auth/refresh', { refreshToken }, { signal })).data,
})

export const authFetch = createAuthFetch(authPlugin)
