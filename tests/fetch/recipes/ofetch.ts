// src/ofetch.ts
import { createFetch } from 'ofetch'
import { API, authFetch } from './auth'

const api = createFetch({ fetch: authFetch, defaults: { baseURL: API } })

export const loadOrders = () => api<unknown>('/orders')
