import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Faults } from '../faults/faults'
import type { ReceivedLog, SmtpReceived } from '../web/received'
import type { SmtpHost } from './smtp-host'
import { SmtpSession } from './smtp-session'

interface Spoken {
  socket: Socket
  host: SmtpHost
  faults: Faults
  context: () => SecureContext
  implicitTls: boolean
}

/** Runs one SMTP conversation and records it. */
export function converse(spoken: Spoken, received: ReceivedLog): void {
  const entry: SmtpReceived = received.add({
    service: spoken.host.service,
    at: new Date().toISOString(),
    port: spoken.socket.localPort ?? 0,
    tls: null,
    helo: null,
    bytes: 0,
    secretBytes: 0,
    clearSecretBytes: 0,
    secretSha256: [],
    login: null,
    conversation: [],
    messages: 0,
    open: true,
  })
  new SmtpSession({ ...spoken, entry }).run().catch((thrown: unknown) => {
    process.stderr.write(`simulator: ${String(thrown instanceof Error ? thrown.stack : thrown)}\n`)
    spoken.socket.destroy()
  })
}
