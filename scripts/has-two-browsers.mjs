// Ends with 0 where the tests could run in an installed browser as well as in the packaged one: for .ci/run
import { findInstalled } from './chromium.mjs'

const isPackaged = process.platform === 'linux' && process.arch === 'x64'
process.exitCode = isPackaged && (await findInstalled()) ? 0 : 1
