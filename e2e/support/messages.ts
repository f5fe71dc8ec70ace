import { randomBytes } from 'node:crypto'
import type { Tree } from './tree'

const SERVER_ID = '00000000-0000-4000-8000-000000000001'

export interface StoredMessage {
  subject: string
  state: 'queued' | 'held' | 'failed' | 'delivered'
  recipient?: string
  /** Diagnosis code, of a failed one. */
  code?: string
  /** When it is tried next; absent: as soon as may be. */
  dueInMinutes?: number
  /** Absent: it was accepted now. */
  minutesAgo?: number
}

/** Puts a message into the outbox as the worker left it there: with its bytes, its recipient and its attempt. */
export async function storeMessage(tree: Tree, stored: StoredMessage): Promise<string> {
  const { subject, state, recipient = 'someone@fabrikam.example', code = null, minutesAgo = 0, dueInMinutes } = stored
  const id = idOf(minutesAgo)
  const text = (value: string | null) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`)
  const ended = state === 'failed' || state === 'delivered'
  const head = `To: ${recipient}\r\nSubject: ${subject}\r\nMessage-ID: <${id}@contoso.example>\r\nDate: Wed, 25 Nov 2026 08:00:00 +0000`
  const bytes = Buffer.from(`${head}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nText of ${subject}\r\n`)
  const at = `now() - interval '${minutesAgo} minutes'`
  const dueAt = dueInMinutes === undefined ? at : `now() + interval '${dueInMinutes} minutes'`
  await tree.query(`
    INSERT INTO "Message" ("id", "mailServerId", "state", "reason", "source", "subject", "messageId", "sizeBytes", "needsUtf8",
      "acceptedAt", "dueAt", "expiresAt", "endedAt", "attemptCount", "lastCode", "sender")
    VALUES ('${id}', '${SERVER_ID}', '${state}', ${text(state === 'held' ? 'by-person' : code)}, 'reminder', ${text(subject)},
      '<${id}@contoso.example>', ${bytes.length}, false, ${at}, ${dueAt}, now() + interval '5 days', ${ended ? at : 'NULL'},
      ${ended ? 1 : 0}, ${text(code)}, ${ended ? "'noreply@contoso.example'" : 'NULL'});
    INSERT INTO "Recipient" ("messageId", "position", "address", "state", "code", "reply", "at")
    VALUES ('${id}', 0, ${text(recipient)}, '${state === 'held' ? 'queued' : state}', ${text(code)},
      ${text(code && '550 5.1.10 RESOLVER.ADR.RecipientNotFound')}, ${ended ? at : 'NULL'})`)
  if (state !== 'delivered')
    await tree.query(`INSERT INTO "MessageBody" ("messageId", "bytes") VALUES ('${id}', '\\x${bytes.toString('hex')}')`)
  if (ended)
    await tree.query(`
      INSERT INTO "Attempt" ("messageId", "fence", "part", "at", "durationMs", "mailServerId", "version", "decision", "recipients",
        "outcome", "stage", "code", "reply")
      VALUES ('${id}', 0, 0, ${at}, 84, '${SERVER_ID}', 1, '{"rule":null,"from":"noreply@contoso.example"}', 1,
        '${code ? 'refused' : 'accepted'}', ${code ? `'recipient'` : 'NULL'}, ${text(code)},
        ${text(code ? '550 5.1.10 RESOLVER.ADR.RecipientNotFound' : '250 2.0.0 OK')})`)
  return id
}

/** What the counters hold of one hour. */
export async function storeHour(
  tree: Tree,
  hour: { hoursAgo: number; delivered: number; recipients: number },
): Promise<void> {
  const { hoursAgo, delivered, recipients } = hour
  await tree.query(`
    INSERT INTO "MailboxHour" ("mailServerId", "mailbox", "hour", "recipients", "delivered")
    VALUES ('${SERVER_ID}', '', date_trunc('hour', now(), 'UTC') - interval '${hoursAgo} hours', ${recipients}, ${delivered})`)
}

let lastMs = 0

/** UUID version 7: the list is ordered by it. Of two that were made in one millisecond either could be the first. */
function idOf(minutesAgo: number): string {
  lastMs = Math.max(lastMs + 1, Date.now())
  const ms = lastMs - minutesAgo * 60_000
  const hex = `${ms.toString(16).padStart(12, '0')}7${randomBytes(10).toString('hex')}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
