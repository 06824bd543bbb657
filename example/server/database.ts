import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
// CommonJS whose named exports Node cannot see
import sqlite from 'node-sqlite3-wasm'

export type SqlValue = string | number | null
export type Row = Record<string, unknown>

/** A SQLite database with its statements prepared once. Everything is synchronous, so nothing interleaves. */
export interface Database {
  get(sql: string, ...values: SqlValue[]): Row | undefined
  all(sql: string, ...values: SqlValue[]): Row[]
  /** Returns how many rows changed. */
  run(sql: string, ...values: SqlValue[]): number
  /** All or nothing. `work` must not be async. */
  transaction<T>(work: () => T): T
  close(): void
}

const schema = `
  CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    password_hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS profiles (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    about TEXT NOT NULL,
    city TEXT NOT NULL,
    website TEXT NOT NULL
  ) STRICT;
  -- A session: all the refresh tokens that descend from one login (RFC 9700 §4.14.2)
  CREATE TABLE IF NOT EXISTS families (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    browser TEXT NOT NULL,
    -- Counts the refreshes; an access token says which one it came from
    generation INTEGER NOT NULL DEFAULT 0,
    -- Access tokens of earlier generations are refused
    valid_from INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS families_by_browser ON families (browser);
  CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash TEXT PRIMARY KEY,
    family_id TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    used_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS refresh_tokens_by_family ON refresh_tokens (family_id);
`

/**
 * Opens the database and takes it for this process alone.
 *
 * @param path a file, or `:memory:`
 */
export function openDatabase(path: string): Database {
  const release = path === ':memory:' ? () => {} : takeFile(resolve(path))
  const connection = new sqlite.Database(path)
  // This build has no shared memory, so a write-ahead log needs the exclusive lock. It recovers from a killed
  // process by itself, which a rollback journal does not under a lock made of a directory.
  connection.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
  )
  connection.exec(schema)

  const prepared = new Map<string, ReturnType<typeof connection.prepare>>()
  const statement = (sql: string) => {
    let found = prepared.get(sql)
    if (!found) prepared.set(sql, (found = connection.prepare(sql)))
    return found
  }

  return {
    get: (sql, ...values) => statement(sql).get(values) ?? undefined,
    all: (sql, ...values) => statement(sql).all(values),
    run: (sql, ...values) => statement(sql).run(values).changes,
    transaction(work) {
      connection.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        connection.exec('COMMIT')
        return result
      } catch (error) {
        if (connection.inTransaction) connection.exec('ROLLBACK')
        throw error
      }
    },
    close() {
      if (!connection.isOpen) return
      for (const each of prepared.values()) each.finalize()
      connection.close()
      release()
    },
  }
}

/** How often the owner of a database file says that it is alive, in ms, and after how long it counts as gone. */
const heartbeat = 2_000
const silence = 10_000

/**
 * SQLite in WebAssembly locks with a directory, which a killed process leaves behind. A file beside it says who
 * holds the lock, so that it can be taken from the dead and only from them.
 */
function takeFile(path: string): () => void {
  const owner = `${path}.owner`
  mkdirSync(dirname(path), { recursive: true })
  const holder = ownerOf(path)
  if (holder) {
    throw new Error(
      `${path} is in use by process ${holder}. Stop it, or name another file in DEMO_DB.`,
    )
  }
  rmSync(`${path}.lock`, { recursive: true, force: true })
  writeFileSync(owner, String(process.pid))
  const beat = setInterval(() => {
    const now = new Date()
    if (existsSync(owner)) utimesSync(owner, now, now)
  }, heartbeat)
  beat.unref()
  return () => {
    clearInterval(beat)
    rmSync(owner, { force: true })
  }
}

/** The process that has this database open, or null. */
export function ownerOf(path: string): number | null {
  const owner = `${resolve(path)}.owner`
  if (!existsSync(owner)) return null
  const pid = Number(readFileSync(owner, 'utf8'))
  // After a restart of a container, process numbers repeat: hence the heartbeat
  const silent = Date.now() - statSync(owner).mtimeMs > silence
  return !silent && pid !== process.pid && isAlive(pid) ? pid : null
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
