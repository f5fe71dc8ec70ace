import { Server } from 'node:http'
import path from 'node:path'
import { watchRequests } from '../access/incoming-requests'
import { runBeforeExit } from '../kernel/before-exit'
import { growModerately } from '../kernel/heap'
import { type GuardedServer, guardServer } from './console-server'
import { staticFiles } from './static-files'
import { TURNS_AWAY } from './turns-away'

/*
 * Runs in the console's process before the framework's own server.js, which makes the server itself: guards it before it listens,
 * and ends the process in order. The framework's own end would wait for every connection, and for nothing that we have to write.
 */

/** What is still to be written goes to the database, which may be away. */
const WRITE_MS = 5_000

let guarded: GuardedServer | null = null
let isStopping = false

growModerately()
process.env.NEXT_MANUAL_SIG_HANDLE = 'true'
watchRequests()

const { listen } = Server.prototype
Object.assign(Server.prototype, {
  listen(this: Server, ...args: Parameters<Server['listen']>) {
    guarded ??= guardServer(this, {
      onFull: () => process.connected && process.send?.(TURNS_AWAY),
      answers: staticFiles(path.join(path.dirname(process.argv[1] ?? ''), '.next/static')),
    })
    return Reflect.apply(listen, this, args)
  },
})

async function end(): Promise<void> {
  if (isStopping) return
  isStopping = true
  await guarded?.stop()
  setTimeout(() => process.exit(0), WRITE_MS)
  await runBeforeExit()
  process.exit(0)
}

process.on('SIGTERM', end)
process.on('SIGINT', end)
