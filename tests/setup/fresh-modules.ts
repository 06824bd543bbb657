/**
 * Setup of the unit tests, before all others: each file has modules of its own, although files share a process. The
 * library starts with a new clock. Packages outside the project are loaded once, which saves more than half the time.
 */
import { vi } from 'vitest'

vi.resetModules()
