import axios from 'axios'
import { createElsewhere } from './elsewhere'
import { createTimeline, watchCalls } from './timeline'

/** The client of the customers' pages. */
export const api = axios.create({ baseURL: '/api' })

/** Another API for the same session; in life it often has an origin of its own. */
export const reports = axios.create({ baseURL: '/api/reports' })

/** The client of the admins' pages, which have a session of their own. */
export const adminApi = axios.create({ baseURL: '/api/admin' })

/** The record that the dashboard draws. It knows only what any app can: events and ordinary interceptors. */
export const timeline = createTimeline()
for (const each of [api, reports]) watchCalls(each, timeline)

/** The changes that other tabs make to the session, for the pages to say. */
export const elsewhere = createElsewhere()
