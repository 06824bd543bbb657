// src/openapi-fetch.ts
import createClient from 'openapi-fetch'
import { API, authFetch } from './auth'
import type { paths } from './schema'

const api = createClient<paths>({ baseUrl: API, fetch: authFetch })

export const loadOrders = async () => (await api.GET('/orders')).data
