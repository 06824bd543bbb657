import axios from 'axios'

/** Stands for that of the quick start. */
export const api = axios.create({ baseURL: String(import.meta.env['VITE_API']) })
