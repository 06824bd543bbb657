import axios from 'axios'
import { createElsewhere } from './elsewhere'
import { createTimeline, watchCalls } from './timeline'

/** What the customers' pages talk through. */
export const api = axios.create({ baseURL: '/api' })

/** Another API for the same session; in life it often has an origin of its own. */
export const reports = axios.create({ baseURL: '/api/reports' })

/** What the admins' pages talk through: a session of its own. */
export const adminApi = axios.create({ baseURL: '/api/admin' })

/** What the dashboard draws. It knows only what any app can: events and ordinary interceptors. */
export const timeline = createTimeline()
for (const each of [api, reports]) watchCalls(each, timeline)

/** What other tabs do to the session, for the pages to say. */
export const elsewhere = createElsewhere()
