import { parseArgs } from 'node:util'
import { startSimulator } from './simulator'

/** One JSON line on standard output once everything listens; SIGTERM or SIGINT ends it. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: 'string' }, 'port-base': { type: 'string' } } })
  const portBase = Number(values['port-base'] ?? 0)
  if (values.data === undefined || !Number.isInteger(portBase) || portBase < 0 || portBase > 65_000) {
    console.error('Usage: node --import tsx simulator/main.ts --data DIR [--port-base N]')
    process.exit(2)
  }
  const simulator = await startSimulator({ dataDir: values.data, portBase })
  const end = () => void simulator.close().then(() => process.exit(0))
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  console.error(`simulator: mailbox ${simulator.ready.mailboxUrl}, switches ${simulator.ready.controlUrl}`)
  console.log(JSON.stringify(simulator.ready))
}

await main()
