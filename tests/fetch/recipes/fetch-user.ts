// src/fetch-user.ts
import ky from 'ky'
import type { FetchUserContext } from 'vue-auth-refresh'
import { API, authFetch } from './auth'

export const fetchUser = ({ signal }: FetchUserContext) =>
  ky
    .get('me', { prefixUrl: API, fetch: (request) => authFetch(request, { signal }) })
    .json<{ name: string }>()
