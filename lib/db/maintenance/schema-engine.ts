import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

/**
 * Prisma's schema engine from its npm package, over the application's own driver: migrations run on a machine that can
 * download no engine. `@prisma/adapter-pg` 7.10 has five gaps for this use, each mended here; drop a mend when it is fixed
 * there (prisma/orm#27403 is the first).
 */

const TEXT = 25
/** "char", regproc, pg_node_tree, regclass, regtype: catalogue types the adapter cannot read. */
const CATALOGUE_TYPES = new Set([18, 24, 194, 2205, 2206])
let catalogueMended = false

function readCatalogueTypesAsText(): void {
  if (catalogueMended) return
  catalogueMended = true
  const prototype = (pg as unknown as { Result: { prototype: { addFields(fields: { dataTypeID: number }[]): void } } })
    .Result.prototype
  const addFields = prototype.addFields
  prototype.addFields = function (fields) {
    for (const field of fields) if (CATALOGUE_TYPES.has(field.dataTypeID)) field.dataTypeID = TEXT
    return addFields.call(this, fields)
  }
}

/** The adapter splits a script at every `;`, which breaks function bodies, and leaves a failed script half applied. */
function scriptsWhole<T extends SqlDriverAdapter>(
  adapter: T & { underlyingDriver(): unknown },
  asSent: (script: string) => string = (script) => script,
): T {
  const pool = adapter.underlyingDriver() as pg.Pool
  adapter.executeScript = async (sql) => {
    try {
      await pool.query(asSent(sql))
    } catch (thrown) {
      const { code, severity, message, detail, column, hint } = thrown as pg.DatabaseError
      throw new DriverAdapterError({
        kind: 'postgres',
        code: code ?? 'N/A',
        severity: severity ?? 'ERROR',
        message,
        detail,
        column,
        hint,
        originalCode: code,
        originalMessage: message,
      })
    }
  }
  return adapter
}

/** The engine asks a CHECK constraint's kind as one character; the adapter has no such type. */
function constraintsReadable<T extends SqlDriverAdapter>(adapter: T): T {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (query) => {
    const answer = await queryRaw(query)
    const at = answer.columnNames.indexOf('constraint_type')
    if (at < 0 || !answer.columnNames.includes('constraint_definition')) return answer
    return { ...answer, columnTypes: answer.columnTypes.with(at, ColumnTypeEnum.Character) }
  }
  return adapter
}

/** `close` ends every connection that the engine opened and forgot. */
export type EngineFactory = SqlMigrationAwareDriverAdapterFactory & { close(): Promise<void> }

/**
 * One connection, by parsed fields: a connection string would override the shadow database's name.
 *
 * @param asSent what becomes of a script of the main database before it is sent, whole, in one transaction.
 */
export function engineFactory(databaseUrl: string, asSent?: (script: string) => string): EngineFactory {
  readCatalogueTypesAsText()
  const { host, port, user, password, database, ssl } = new pg.Client({ connectionString: databaseUrl })
  const config = { host, port, user, database, ssl, max: 1, ...(password ? { password } : {}) }
  const factory = new PrismaPg(config)
  const connect = factory.connect.bind(factory)
  const opened: SqlDriverAdapter[] = []
  factory.connect = async () => {
    const adapter = constraintsReadable(scriptsWhole(await connect(), asSent))
    opened.push(adapter)
    return adapter
  }
  // The shadow's pool must end before its database is dropped.
  factory.connectToShadowDb = async () => {
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
    const main = await factory.connect()
    await main.executeScript(`CREATE DATABASE "${name}"`)
    const shadow = constraintsReadable(scriptsWhole(await new PrismaPg({ ...config, database: name }).connect()))
    const end = shadow.dispose.bind(shadow)
    shadow.dispose = async () => {
      await end()
      await main.executeScript(`DROP DATABASE "${name}"`)
      await main.dispose()
    }
    return shadow
  }
  return Object.assign(factory, {
    close: async () => {
      await Promise.allSettled(opened.splice(0).map((adapter) => adapter.dispose()))
    },
  })
}

interface EngineModule {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
  SchemaEngine: typeof SchemaEngine
}

let loading: Promise<EngineModule> | null = null

/** The package's glue holds one instance of the engine for the whole process: a second one would pull it from under the first. */
function engineModule(): Promise<EngineModule> {
  loading ??= (async () => {
    const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const engine = (await import(glue)) as EngineModule & WebAssembly.ModuleImports
    const { instance } = await WebAssembly.instantiate(readFileSync(glue.replace(/\.js$/, '.wasm')), {
      './schema_engine_bg.js': withoutHolding(engine),
    })
    engine.__wbg_set_wasm(instance.exports)
    const start = instance.exports.__wbindgen_start
    if (typeof start === 'function') start()
    return engine
  })()
  return loading
}

/** The engine's own 10 s lock timer is never cleared: it must not keep a finished process alive. */
function withoutHolding(engine: WebAssembly.ModuleImports): WebAssembly.ModuleImports {
  const imports = { ...engine }
  for (const [name, value] of Object.entries(engine)) {
    if (!name.startsWith('__wbg_setTimeout') || typeof value !== 'function') continue
    imports[name] = (...args: unknown[]) => {
      const timer: unknown = value(...args)
      if (timer && typeof timer === 'object' && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
      return timer
    }
  }
  return imports
}

/** @param datamodels pairs of file name and text of the Prisma schema; undefined for commands that need none. */
export async function openSchemaEngine(
  factory: SqlMigrationAwareDriverAdapterFactory,
  datamodels: [name: string, text: string][] | undefined,
  onPanic: (message: string) => void,
): Promise<SchemaEngine> {
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: onPanic } })
  const engine = await engineModule()
  return engine.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
}

export type { MigrationList, SchemaEngine }
