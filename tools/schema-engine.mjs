#!/usr/bin/env node
// PRISMA_SCHEMA_ENGINE_BINARY of the Prisma CLI in development and tests: answers its JSON-RPC on standard input and output with the
// schema engine of the npm package, so that `prisma migrate diff` works where no engine can be downloaded.
// `@prisma/adapter-pg` 7.10 cannot read two kinds of values that the engine asks for; both are converted here (prisma/orm#27403).
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

const TEXT = 25
/** "char", regproc, pg_node_tree, regclass, regtype: types of the catalogue that the adapter cannot read. */
const CATALOGUE_TYPES = new Set([18, 24, 194, 2205, 2206])

const args = process.argv.slice(2)
const option = (name) => args.flatMap((arg, at) => (arg === name ? [args[at + 1]] : []))
const log = (message, error_code) =>
  process.stderr.write(
    `${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields: { message, error_code } })}\n`,
  )

if (args.includes('--version')) {
  process.stdout.write('schema-engine-wasm\n')
  process.exit(0)
}

const url = JSON.parse(option('--datasource')[0] ?? '{}').url ?? process.env.DATABASE_URL
const factory = readableFactory(url)

if (args.includes('cli')) {
  try {
    const adapter = await factory.connect()
    await adapter.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] })
    process.exit(0)
  } catch (thrown) {
    log(String(thrown.message), 'P1001')
    process.exit(1)
  }
}

const datamodels = option('--datamodels').map((file) => [file, readFileSync(file, 'utf8')])
const opening = openEngine(datamodels.length > 0 ? datamodels : undefined)
opening.catch(() => {}) // the first call that awaits it reports the failure

const send = (answer) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...answer })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = line.trim() ? JSON.parse(line) : {}
  if (!method) continue
  try {
    const engine = await opening
    const result = await engine[method === 'getDatabaseVersion' ? 'version' : method](params)
    if (method === 'diff' && result.stdout)
      send({ id: 1e9, method: 'print', params: { content: result.stdout.replace(/\n$/, '') } })
    send({ id, result: result ?? null })
  } catch (thrown) {
    const data = {
      is_panic: false,
      message: String(thrown?.message ?? thrown),
      error_code: thrown?.code,
      meta: thrown?.meta ?? null,
    }
    send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
  }
}
process.exit(0)

function readableFactory(connectionString) {
  const { prototype } = pg.Result
  const { addFields } = prototype
  prototype.addFields = function (fields) {
    for (const field of fields) if (CATALOGUE_TYPES.has(field.dataTypeID)) field.dataTypeID = TEXT
    return addFields.call(this, fields)
  }
  const adapters = new PrismaPg({ connectionString, max: 1 })
  const connect = adapters.connect.bind(adapters)
  adapters.connect = async () => withReadableConstraints(await connect())
  return adapters
}

/** The engine asks for the kind of a CHECK constraint as one character; the adapter has no such type. */
function withReadableConstraints(adapter) {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (query) => {
    const answer = await queryRaw(query)
    const at = answer.columnNames.indexOf('constraint_type')
    if (at < 0 || !answer.columnNames.includes('constraint_definition')) return answer
    return { ...answer, columnTypes: answer.columnTypes.with(at, ColumnTypeEnum.Character) }
  }
  return adapter
}

async function openEngine(models) {
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (message) => log(message) } })
  const engine = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const glue = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const wasm = readFileSync(new URL(glue.replace(/\.js$/, '.wasm')))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': engine })
  engine.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
  return engine.SchemaEngine.new({ datamodels: models }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
}
