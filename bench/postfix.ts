// Debian's Postfix with a separate queue that keeps all mail on hold, as a baseline of durable acceptance. Only where it is installed, and
// for root alone, who may start it.
import { execFile } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { POSTFIX, startPostfixWith } from '../tests/support/postfix'
import { freePort } from '../tests/support/throwaway-postgres'
import { openClient } from './smtp-load'
import { type Throughput, throughputOf } from './throughput'

const run = promisify(execFile)

export interface Postfix {
  /** How many messages, and over how many connections; each connection pipelines and stays open. */
  accept(count: number, connections: number, bytes: Buffer): Promise<Throughput>
  stop(): Promise<void>
}

/** Null if Postfix is not installed. */
export async function startPostfix(): Promise<Postfix | null> {
  if (!existsSync(POSTFIX) || process.getuid?.() !== 0) return null
  const port = await freePort()
  const { home, config } = await startPostfixWith(SETTINGS, services(port))
  return {
    async accept(count, connections, bytes) {
      const latencies: number[] = []
      let next = 0
      const clients = await Promise.all(Array.from({ length: connections }, () => openClient({ port })))
      const began = performance.now()
      await Promise.all(
        clients.map(async (client) => {
          while (next++ < count) {
            const at = performance.now()
            await client.send(bytes)
            latencies.push(performance.now() - at)
          }
        }),
      )
      const result = throughputOf(latencies, performance.now() - began)
      for (const client of clients) client.end()
      return result
    },
    async stop() {
      await run(POSTFIX, ['-c', config, 'stop'])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const SETTINGS = `myhostname = bench.contoso.example
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_client_restrictions = check_client_access static:HOLD
smtpd_relay_restrictions = permit_mynetworks, reject
`

/** As Debian's own, without a prison and without the services that nothing asks for here. */
const services = (port: number): string => `
127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`
