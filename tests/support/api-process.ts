/**
 * For tests only: the HTTP API in a separate process, which may be killed. It takes messages on every path. Its orders come as JSON in the
 * environment. It prints a line once it listens.
 */
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { createAuditLog } from '../../lib/audit'
import { createDb } from '../../lib/db'
import { systemClock } from '../../lib/kernel'
import { growModerately } from '../../lib/kernel/heap'
import { Redacted } from '../../lib/kernel/redacted'
import { createSubmissionService } from '../../lib/submission'
import { createApi } from '../../lib/submission/api/handle'
import { sendMessage } from '../../lib/submission/api/send'
import { testChainKeys } from './chain-keys'
import { outboxAt } from './outbox'
import { quiet } from './world'

export interface ApiOrders {
  url: string
  spoolFolder: string
  /** Port of the mail server. */
  port: number
  listenPort: number
}

growModerately() // as the console does
const { url, port, listenPort, spoolFolder } = JSON.parse(process.env.ORDERS ?? '{}') as ApiOrders
const db = createDb(new Redacted(url), testChainKeys)
const outbox = await outboxAt({ database: { url, db }, port })
const audit = createAuditLog(db, systemClock)
const shared = { db, clock: systemClock, log: quiet, outbox, audit, refusals: audit }
const baseUrl = new URL(`http://localhost:${listenPort}`)
const api = createApi({ ...shared, baseUrl, spoolFolder, submission: createSubmissionService(shared) })
const server = createServer(async (incoming, response) => {
  const body = Readable.toWeb(incoming) as ReadableStream
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string])
  const request = new Request(baseUrl, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  const answer = await api.handle(sendMessage, { request, address: '127.0.0.1', requestId: '', param: '' })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
})
server.listen(listenPort, '127.0.0.1', () => process.stdout.write('listens\n'))
