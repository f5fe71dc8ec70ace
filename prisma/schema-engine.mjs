#!/usr/bin/env node
// PRISMA_SCHEMA_ENGINE_BINARY for the Prisma CLI: its JSON-RPC over standard input and output, answered by the schema
// engine of the npm package. So the CLI works where no engine can be downloaded.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { register } from 'tsx/esm/api'

register()
const { engineFactory, openSchemaEngine } = await import('../lib/db/maintenance/schema-engine')

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
const factory = engineFactory(url)

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
const opening = openSchemaEngine(factory, datamodels.length > 0 ? datamodels : undefined, (message) => log(message))
opening.catch(() => {}) // told with the first call that needs it

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
