import axios from 'axios'
import { createElsewhere } from './elsewhere'
import { createTimeline, watchCalls } from './timeline'

/** What the whole app talks through. */
export const api = axios.create({ baseURL: '/api' })

/** What the dashboard draws. It knows only what any app can: events and ordinary interceptors. */
export const timeline = createTimeline()
watchCalls(api, timeline)

/** What other tabs do to the session, for the pages to say. */
export const elsewhere = createElsewhere()
