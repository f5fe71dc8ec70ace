import { expect, type Page } from '@playwright/test'
import { exchangeFields, mailServerForm, startTest } from './calls'
import { MailServerPage, RECIPIENT } from './mail-server-page'
import { storeMessage } from './messages'
import type { Tree } from './tree'

/** Messages of a morning, as the worker would have left them. */
const MESSAGES = [
  { subject: 'Invoice 2026-1184', state: 'delivered', minutesAgo: 35 },
  { subject: 'Your order has shipped', state: 'delivered', minutesAgo: 64 },
  { subject: 'Timesheet for November', state: 'delivered', minutesAgo: 91 },
  { subject: 'Password reset', state: 'delivered', minutesAgo: 122 },
  { subject: 'Reminder: fire drill on Friday', state: 'failed', code: 'recipient-not-found', minutesAgo: 47 },
  { subject: 'Welcome to Contoso', state: 'failed', code: 'recipient-not-found', minutesAgo: 78 },
  { subject: 'Delivery note 20714', state: 'queued', dueInMinutes: 12, minutesAgo: 5 },
  { subject: 'Minutes of the works council', state: 'held', minutesAgo: 15 },
] as const

const TRAFFIC_OF_A_MONTH = `
  INSERT INTO "MailboxHour" ("mailServerId", "mailbox", "hour", "recipients", "delivered")
  SELECT s.id, 'noreply@contoso.example', at, 20 + n * 7 % 23, 18 + n * 7 % 23
  FROM "MailServer" s, generate_series(1, 719) n, LATERAL (SELECT date_trunc('hour', now()) - n * interval '1 hour' AS at) h
  WHERE extract(hour FROM at) BETWEEN 6 AND 19 AND extract(isodow FROM at) < 6
  ON CONFLICT DO NOTHING`

/** A printer that sent a message this morning, and was turned away before. */
const CLIENT = `
  INSERT INTO "Client" (id, way, kind, name, owner, place, senders, login, "secretHash", "secretAt", "createdBy", "createdAt", "lastSeenAt", "lastAddress")
  VALUES ('00000000-0000-4000-8000-0000000000c1', 'login', 'printer', 'Scanner, third floor', 'finance@contoso.example', 'Room 4',
    '{scanner@contoso.example}', 'scanner', 'hash', now(), 'admin@contoso.example', now() - interval '9 days', now() - interval '35 minutes', '192.0.2.7');
  INSERT INTO "SubmissionSession" (id, "startedAt", "durationMs", entrance, address, helo, login, "clientId", tls, sender, accepted, refusal, stages)
  SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 2100000), 12, '0') || '7000800000000000000' || n)::uuid, now() - n * interval '35 minutes', 84, 'starttls', '192.0.2.7', 'scanner-3', 'scanner',
    '00000000-0000-4000-8000-0000000000c1', 'TLSv1.3 TLS_AES_256_GCM_SHA384', 'scanner@contoso.example', 2 - n, CASE n WHEN 2 THEN 'sender-not-allowed' END,
    CASE n WHEN 2 THEN '[{"atMs":2,"event":"connect"},{"atMs":84,"event":"sender","detail":"copier@contoso.example","refusal":{"code":"sender-not-allowed","params":{"client":"Scanner, third floor","sender":"copier@contoso.example"}}}]'::jsonb
      ELSE '[{"atMs":2,"event":"connect"},{"atMs":84,"event":"end"}]'::jsonb END
  FROM generate_series(1, 2) n;
  UPDATE "Message" SET "clientId" = '00000000-0000-4000-8000-0000000000c1', source = 'smtp', originator = 'scanner@contoso.example'
  WHERE subject = 'Invoice 2026-1184'`

/** Two senders that were not verified yet. */
const SENDERS = `
  INSERT INTO "Sender" ("mailServerId", address, way, "addedBy", "addedAt")
  SELECT id, address, 'send-as', 'admin@contoso.example', now() - interval '9 days'
  FROM "MailServer", (VALUES ('invoices@contoso.example'), ('orders@contoso.example')) AS added(address)`

/** The messages that the counters have of the last day, so that every page has the same number of them. */
const MESSAGES_OF_A_DAY = `
  INSERT INTO "Message" ("id", "mailServerId", "state", "source", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt",
    "expiresAt", "endedAt", "attemptCount", "sender")
  SELECT m.id, h."mailServerId", 'delivered', 'smtp', (ARRAY['Invoice', 'Order confirmation', 'Delivery note', 'Scan', 'Reminder'])[1 + n % 5] || ' ' || 20000 + 50 * extract(hour FROM h.hour)::int + n,
    '<' || m.id || '@contoso.example>', 4200, false, at, at, at + interval '5 days', at, 1, h.mailbox
  FROM "MailboxHour" h, generate_series(1, h.delivered) n, LATERAL (SELECT h.hour + n * (interval '1 hour' / (h.delivered + 1)) AS at) t,
    LATERAL (SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid AS id) m
  WHERE h.hour > now() - interval '23 hours';
  INSERT INTO "Recipient" ("messageId", "position", "address", "state", "at")
  SELECT id, 0, 'person-' || right(id::text, 2) || '@fabrikam.example', 'delivered', "endedAt" FROM "Message" WHERE id::text LIKE '%-7000-8%';
  INSERT INTO "MailboxHour" ("mailServerId", "mailbox", "hour", "recipients", "delivered")
  SELECT "mailServerId", sender, date_trunc('hour', "endedAt"), count(*), count(*) FILTER (WHERE state = 'delivered')
  FROM "Message" WHERE "endedAt" IS NOT NULL GROUP BY 1, 2, 3
  ON CONFLICT ("mailServerId", mailbox, hour) DO UPDATE SET delivered = excluded.delivered`

/** Without it pages would have counts of messages that no list contains. */
export const addMessagesOfADay = (tree: Tree) => tree.query(MESSAGES_OF_A_DAY)

/** A mail server with one accepted and one failed test, and with messages in every state. The session of `page` is an administrator's. */
export async function addSampleData(page: Page, tree: Tree): Promise<void> {
  const { simulator } = tree
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const saved = mailServerForm({ ...exchangeFields(simulator.facts), clientSecretChange: 'keep', clientSecret: '' }, 1)
  await simulator.change('unregister-service-principal')
  const failed = await startTest(tree, await page.context().cookies(), saved)
  expect(await failed.text()).toContain('"outcome":"failed"')
  await simulator.reset()
  // The console would use the token of before.
  await tree.command('mail-server', 'test', '--to', RECIPIENT)
  await tree.query(`UPDATE "Credential" SET "expiresAt" = now() + interval '12 days', "expirySource" = 'entered'`)
  for (const message of MESSAGES) await storeMessage(tree, message)
  await tree.query(TRAFFIC_OF_A_MONTH)
  await tree.query(CLIENT)
  await tree.query(SENDERS)
}
