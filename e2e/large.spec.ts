import { gzipSync } from 'node:zlib'
import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { ask, cookieHeader } from './support/http'
import type { Tree } from './support/tree'

/** What the browser shows. The framework adds the same as data for its scripts. */
const VISIBLE_BYTES_MAX = 90_000
const BYTES_MAX = 240_000
/** Of the Mail server page, compressed, as `bench/console.ts` counts them: 165 KB. */
const SCRIPT_BYTES_MAX = 165 * 1_024
const HALF_ID = `-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid`

/**
 * As many mail servers as there may be, half of them paused, 200 alerts, 2,000 clients, 5,000 senders and 400 failed messages, and 2,000 of
 * each of processes, operators, sessions of the administrator and calendar addresses.
 */
const fill = (tree: Tree) =>
  tree.query(`
    INSERT INTO "MailServer" (id, name, version, settings, "pausedAt", "pausedBy", "updatedAt")
      SELECT ('00000000${HALF_ID}, 'Branch ' || n, 1, s.settings || jsonb_build_object('senderAddress', 'branch' || n || '@contoso.example'),
        CASE n % 2 WHEN 0 THEN now() END, CASE n % 2 WHEN 0 THEN 'admin@contoso.example' END, now()
      FROM "MailServer" s, generate_series(1, 19) n WHERE s."isDefault";
    INSERT INTO "MailServerRevision" (id, "mailServerId", number, settings, digest, "savedBy", "savedAt")
      SELECT gen_random_uuid(), id, 1, settings, 'none', 'admin@contoso.example', now() FROM "MailServer" WHERE NOT "isDefault";
    INSERT INTO "Credential" (id, "mailServerId", kind, slot, digest, "createdBy", "expiresAt", "expirySource", owners)
      SELECT ('00000001${HALF_ID}, ('00000000${HALF_ID}, 'client-secret', 'current', 'd' || n, 'admin@contoso.example',
        now() + make_interval(days => n * 3 - 40), 'typed', ARRAY['owner' || n % 20 || '@contoso.example'] FROM generate_series(1, 19) n;
    INSERT INTO "Alert" (id, kind, subject, details, "openedAt", "heldAt")
      SELECT gen_random_uuid(), 'client-silent', 'client:' || ('00000002${HALF_ID}, jsonb_build_object('client', 'Device ' || n, 'lastAt', now()), now(), now()
      FROM generate_series(1, 200) n;
    INSERT INTO "Sender" ("mailServerId", address, way, "addedBy", "addedAt")
      SELECT s.id, 'sender-' || n || '@contoso.example', 'send-as', 'admin@contoso.example', now()
      FROM "MailServer" s, generate_series(1, 5000) n WHERE s."isDefault";
    INSERT INTO "Client" (id, way, kind, name, place, senders, networks, login, "secretHash", "secretAt", scopes, "createdBy", "createdAt", "lastSeenAt", "lastAddress")
      SELECT ('00000002${HALF_ID}, 'login', 'printer', 'Device ' || n, 'Floor ' || n % 9, ARRAY['*@contoso.example'], '{}', 'client-' || n,
        'hash of client ' || n, now(), '{}', 'admin@contoso.example', now(), now(), '10.1.2.3' FROM generate_series(1, 2000) n;
    INSERT INTO "Message" ("id", "mailServerId", "state", "reason", "source", "clientId", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "expiresAt", "endedAt", "attemptCount", "lastCode", "sender")
      SELECT (lpad(to_hex(floor(extract(epoch FROM now()) * 1000)::bigint - n), 12, '0') || '70008' || lpad(n::text, 15, '0'))::uuid,
        ('00000000-0000-4000-9000-' || lpad((n % 19 + 1)::text, 12, '0'))::uuid, 'failed', 'recipient-not-found', 'smtp', ('00000002${HALF_ID},
        'Invoice ' || n, '<' || n || '@contoso.example>', 2000, false, now(), now(), now() + interval '5 days', now(), 1, 'recipient-not-found', 'branch' || n % 19 || '@contoso.example'
      FROM generate_series(1, 400) n;
    INSERT INTO "Recipient" ("messageId", "position", "address", "state", "at") SELECT id, 0, 'user@fabrikam.example', state, "acceptedAt" FROM "Message" WHERE "state" = 'failed';
    INSERT INTO "SubmissionSession" (id, "startedAt", "durationMs", entrance, address, helo, "clientId", sender, accepted, refusal, stages)
      SELECT (lpad(to_hex(floor(extract(epoch FROM now()) * 1000)::bigint - n), 12, '0') || '70008' || lpad(n::text, 15, '0'))::uuid, now(), 12, 'starttls',
        '10.0.0.' || n % 250, 'printer-' || n, ('00000002${HALF_ID}, 'device@contoso.example', 0, 'login-wrong', '[{"atMs":2,"event":"connect"}]' FROM generate_series(1, 400) n;
    INSERT INTO "Heartbeat" (name, host, "beatAt") SELECT 'worker-of-another-machine', 'pod-' || n, now() FROM generate_series(1, 2000) n;
    INSERT INTO "Operator" (id, name, email, "updatedAt") SELECT 'many-' || n, '', 'many-' || n || '@contoso.example', now() FROM generate_series(1, 2000) n;
    INSERT INTO "Session" (id, token, "userId", "expiresAt", "updatedAt")
      SELECT 'many-' || n, n, o.id, now() + interval '1 day', now() FROM "Operator" o, generate_series(1, 2000) n WHERE o.email = 'admin@contoso.example';
    INSERT INTO "CalendarFeed" (id, "tokenHash", name, "createdBy", "createdAt")
      SELECT gen_random_uuid(), n, 'Calendar ' || n, 'admin@contoso.example', now() FROM generate_series(1, 2000) n;
    INSERT INTO "BasicAuthSender" (address, setting, messages) SELECT 'sender-' || n || '@contoso.example', 'enabled', n FROM generate_series(1, 5000) n`)

test('with 20 mail servers, 200 alerts, 2,000 clients and 5,000 senders no page shows more than 90 KB of HTML, or has more than 240 KB with its data', async ({
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await fill(tree)
  const [long, server] = [{}, '00000000-0000-4000-9000-000000000007'] as [Record<string, number>, string]
  for (const path of [
    ...['/overview', '/overview?time=month', '/messages', '/messages?view=failed', '/clients', '/clients/sessions'],
    ...[
      '/clients/devices',
      '/clients/basic-authentication',
      '/senders',
      '/credentials',
      '/credentials/alerts',
      '/credentials/reminders',
      '/credentials/calendar',
    ],
    ...['/account', '/system/operators', '/system/operators?text=many-123'],
    ...['/mail-server', '/policy', '/system', '/set-up', `/set-up?server=${server}&step=values`],
    ...[`/mail-server/${server}`, `/messages?server=${server}`],
  ]) {
    const { body, status } = await ask(tree.baseUrl, path, { headers: cookieHeader(admin) })
    expect(status, path).toBe(200)
    const visible = body.replaceAll(/<script\b.*?<\/script>/gs, '')
    if (Buffer.byteLength(visible) > VISIBLE_BYTES_MAX || Buffer.byteLength(body) > BYTES_MAX)
      long[path] = Buffer.byteLength(body)
  }
  expect(long).toEqual({})

  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/senders')
  expect(client.text).toMatch(/All5,001.*Results: 5,001/)
  await client.open('/overview')
  await client.follow(/^\d+ more alerts$/)
  await client.follow('Next page')
  expect(client.heading).toBe('Alerts')
  // One of many clients is chosen by its name.
  for (const list of ['/messages', '/clients/sessions']) {
    await client.open(list)
    await client.press('Apply', { client: 'device 123' })
    expect(client.text).toContain('Client: Device 123')
    await client.open(list)
    await client.press('Apply', { client: 'Device' })
    expect(client.valueOf('client')).toBe('Device')
    expect(client.text).toContain('“Device” was ignored: no client has that name.')
  }
})

test('the scripts of the Mail server page are at most 165 KB', async ({ sessionOf, tree }) => {
  const { body } = await ask(tree.baseUrl, '/mail-server', { headers: cookieHeader(await sessionOf('admin')) })
  // What only browsers without modules request is left out.
  const page = body.replaceAll(/<script[^>]* nomodule[^>]*>/gi, '')
  const addresses = new Set(page.match(/\/_next\/static\/chunks\/[^"\\]+\.js/g))
  const scripts = await Promise.all([...addresses].map(async (address) => (await ask(tree.baseUrl, address)).body))
  const sizes = scripts.map((script) => gzipSync(script, { level: 9 }).length)
  expect(sizes.length).toBeGreaterThan(5)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(SCRIPT_BYTES_MAX)
})
