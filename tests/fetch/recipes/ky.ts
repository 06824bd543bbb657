// src/ky.ts
import ky from 'ky'
import { API, authFetch } from './auth'

const api = ky.create({ prefixUrl: API, fetch: authFetch })

export const loadOrders = () => api.get('orders').json()
