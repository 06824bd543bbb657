export { connectDevtools } from './connect-devtools'
export { explain } from './explain'
