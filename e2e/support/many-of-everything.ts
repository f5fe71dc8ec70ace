import { storeMessage } from './messages'
import type { Tree } from './tree'

/*
 * The rows of a large and unlucky organisation: every list is long, every state is there, and names and addresses are long. Names have
 * an accent, so that the search for untranslated texts passes over them.
 */

export const LONG_NAME = 'Zweigstelle für Gebührenabrechnung und Sonderaufträge in Königs Wusterhausen'
const LONG_ADDRESS = 'an.uncommonly.long.local.part.of.an.address@a-subsidiary-with-a-long-name.fabrikam.example'
const FIRST = '00000000-0000-4000-8000-000000000001'

/** Failover, paused by a person, paused by a fault, never saved, and twelve that look alike. */
const MAIL_SERVERS = `
  UPDATE "MailServer" SET name = '${LONG_NAME}' WHERE "isDefault";
  INSERT INTO "MailServer" (id, name, version, settings, "updatedAt")
    SELECT ('00000000-0000-4000-8000-0000000000' || 10 + n)::uuid, 'Büro in Ost ' || n, 1, s.settings, now()
    FROM "MailServer" s, generate_series(1, 14) n WHERE s."isDefault";
  INSERT INTO "MailServer" (id, name, version, settings, "updatedAt")
    VALUES ('00000000-0000-4000-8000-000000000002', 'Drucker in Übersee', 0, '{}', now());
  INSERT INTO "MailServerRevision" (id, "mailServerId", number, settings, digest, "savedBy", "savedAt")
    SELECT gen_random_uuid(), s.id, 1, s.settings, 'none', 'admin@contoso.example', now() FROM "MailServer" s WHERE s.name LIKE 'Büro in%';
  INSERT INTO "MailServerRevision" (id, "mailServerId", number, settings, digest, "savedBy", "savedAt")
    SELECT gen_random_uuid(), s.id, n, s.settings || jsonb_build_object('senderAddress', 'sender-' || n || '@contoso.example'), 'none',
      '${LONG_ADDRESS}', now() - n * interval '1 day' FROM "MailServer" s, generate_series(2, 30) n WHERE s."isDefault";
  UPDATE "MailServer" SET version = 31, "failoverId" = '00000000-0000-4000-8000-000000000011' WHERE "isDefault";
  UPDATE "MailServer" SET "pausedAt" = now() - interval '2 hours', "pausedBy" = '${LONG_ADDRESS}' WHERE name = 'Büro in Ost 3';
  UPDATE "MailServer" SET "pausedAt" = now() - interval '2 hours', "pausedBy" = 'diagnosis', "pauseCode" = 'secret-expired',
    "pauseVersion" = 1, "pauseIsOwn" = true,
    "nextProbeAt" = now() + interval '9 minutes' WHERE name = 'Büro in Ost 4'`

/** Every state of a credential on one of the mail servers. */
const CREDENTIALS = `
  INSERT INTO "Credential" (id, "mailServerId", kind, slot, digest, "createdBy", "expiresAt", "startsAt", "expirySource", note, owners)
    SELECT gen_random_uuid(), s.id, CASE WHEN n % 3 = 0 THEN 'certificate' ELSE 'client-secret' END, 'current', s.name,
      'admin@contoso.example', now() + make_interval(days => (n - 3) * 9), now() - interval '200 days', 'typed', repeat('Vermerk für später ', n),
      CASE WHEN n % 2 = 0 THEN ARRAY['${LONG_ADDRESS}', 'finance@contoso.example'] ELSE '{}'::text[] END
    FROM "MailServer" s, substring(s.name from 13) x, LATERAL (SELECT x::int AS n) y WHERE s.name LIKE 'Büro in Ost%';
  UPDATE "MailServer" s SET "credentialId" = c.id FROM "Credential" c WHERE c."mailServerId" = s.id AND s.name LIKE 'Büro in%';
  UPDATE "Credential" SET "expiresAt" = NULL, "expirySource" = NULL WHERE digest IN ('Büro in Ost 5', 'Büro in Ost 6');
  UPDATE "Credential" SET "refusedAt" = now(), "refusedCode" = 'secret-expired' WHERE digest = 'Büro in Ost 4';
  UPDATE "Credential" SET "foundExpiresAt" = now() + interval '900 days', "foundAt" = now() WHERE digest = 'Büro in Ost 7';
  INSERT INTO "Credential" (id, "mailServerId", kind, slot, digest, "createdBy", "expiresAt", "acceptedAt", "replacedAt", "fallbackUntil")
    SELECT gen_random_uuid(), c."mailServerId", 'client-secret', v.slot, v.slot, 'admin@contoso.example', now() + interval '300 days', now(),
      CASE v.slot WHEN 'previous' THEN now() - interval '1 hour' END, CASE v.slot WHEN 'previous' THEN now() + interval '6 days' END
    FROM "Credential" c, (VALUES ('Büro in Ost 8', 'next'), ('Büro in Ost 9', 'next'), ('Büro in Ost 10', 'next'), ('Büro in Ost 11', 'previous'),
      ('Büro in Ost 4', 'previous')) AS v(name, slot) WHERE c.digest = v.name;
  INSERT INTO "Rotation" (id, "mailServerId", way, step, label, "nextId", "startedBy", "startedAt", "updatedAt", automatic, fault, "endedAt")
    SELECT gen_random_uuid(), s.id, v.way, v.step, 'Postroom 2026', (SELECT n.id FROM "Credential" n WHERE n."mailServerId" = s.id AND slot = 'next'),
      '{"kind":"operator","id":"x","email":"${LONG_ADDRESS}","role":"admin"}', now() - interval '3 hours', now(), v.way = 'graph',
      CASE WHEN v.step IN ('added', 'failed') THEN '{"code":"secret-invalid","evidence":"AADSTS7000215: Invalid client secret provided.","at":"2026-11-24T12:00:00Z"}'::jsonb END,
      CASE v.step WHEN 'failed' THEN now() END
    FROM "MailServer" s, (VALUES ('Büro in Ost 8', 'typed', 'added'), ('Büro in Ost 9', 'typed', 'tested'), ('Büro in Ost 10', 'graph', 'added'),
      ('Büro in Ost 11', 'typed', 'current'), ('Büro in Ost 12', 'graph', 'failed')) AS v(name, way, step) WHERE s.name = v.name;
  INSERT INTO "CredentialProbe" (id, "credentialId", at, reason, outcome, "diagnosisCode", evidence)
    SELECT gen_random_uuid(), c.id, now() - n * interval '1 day', 'daily', v.outcome, v.code, v.evidence
    FROM "Credential" c, generate_series(1, 4) n, (VALUES ('accepted', NULL, NULL),
      ('refused', 'secret-expired', 'AADSTS7000222: The provided client secret keys for app are expired.')) AS v(outcome, code, evidence)
    WHERE c.slot = 'current'`

const REMINDERS = `
  INSERT INTO "NotificationChannel" (id, kind, name, address, origin, enabled, "createdBy", "createdAt", "updatedAt", "lastSentAt", "lastFault")
    SELECT gen_random_uuid(), kind, name, address, origin, enabled, 'admin@contoso.example', now(), now(), now() - interval '1 day',
      CASE WHEN failing THEN '{"code":"http-status","evidence":"404 Not Found","at":"2026-11-24T12:00:00Z"}'::jsonb END
    FROM (VALUES ('mail', '${LONG_NAME}', '${LONG_ADDRESS}', NULL, true, false),
      ('mail', 'Zuständig für nichts', 'nobody@contoso.example', NULL, false, false),
      ('webhook', 'Überwachung', NULL, 'https://monitoring-of-all-systems.contoso.example', true, true),
      ('teams', 'Büro für E-Mail', NULL, 'https://prod-17.westeurope.logic.azure.example', true, false)) AS v(kind, name, address, origin, enabled, failing);
  INSERT INTO "Reminder" (id, "credentialId", "expiryVersion", "thresholdDays", "channelId", state, "deliveryId", "dueAt", attempts,
      "nextAttemptAt", "sentAt", fault)
    SELECT gen_random_uuid(), c.id, 1, days, h.id, v.state, gen_random_uuid()::text, now() - interval '1 day', 3,
      CASE v.state WHEN 'due' THEN now() + interval '2 hours' END, CASE v.state WHEN 'sent' THEN now() - interval '1 day' END,
      CASE WHEN v.state IN ('due', 'failed') THEN '{"code":"http-status","evidence":"404","at":"2026-11-24T12:00:00Z"}'::jsonb END
    FROM "Credential" c, "NotificationChannel" h,
      (VALUES (7, 'due'), (14, 'covered'), (30, 'sent'), (60, 'failed'), (1, 'cancelled')) AS v(days, state)
    WHERE c.slot = 'current' AND c.digest LIKE 'Büro in Ost _' AND h.enabled;
  INSERT INTO "CalendarFeed" (id, "tokenHash", name, locale, "createdBy", "createdAt", "lastReadAt", "revokedAt")
    SELECT gen_random_uuid(), 'hash of feed ' || n, CASE n WHEN 1 THEN '${LONG_NAME}' ELSE 'Büro ' || n END, CASE n % 2 WHEN 0 THEN 'de' ELSE 'en' END,
      'admin@contoso.example', now() - n * interval '40 days', CASE WHEN n < 3 THEN now() END, CASE n WHEN 2 THEN now() END
    FROM generate_series(1, 4) n`

const APP_REGISTRATIONS = `
  UPDATE "CredentialWatch" SET inventory = true;
  INSERT INTO "InventoryRun" (id, "tenantId", state, "startedBy", "startedAt", "endedAt", pages, applications, credentials)
    SELECT '00000000-0000-4000-8000-00000000a000', (settings->>'tenantId')::uuid, 'done', 'admin@contoso.example', now() - interval '1 hour',
      now() - interval '59 minutes', 1, 60, 60 FROM "MailServer" WHERE "isDefault";
  INSERT INTO "AppRegistration" ("tenantId", "objectId", "appId", "displayName", owners, "runId")
    SELECT r."tenantId", ('00000000-0000-4000-8000-00000000b' || 100 + n)::uuid, gen_random_uuid(),
      CASE n % 4 WHEN 0 THEN '${LONG_NAME}' ELSE 'Anwendung für Büro ' || n END,
      CASE n % 3 WHEN 0 THEN '{}'::text[] ELSE ARRAY['Zuständige Stelle für Anwendungen', 'Büro für Überwachung'] END, r.id
    FROM "InventoryRun" r, generate_series(1, 60) n;
  INSERT INTO "AppCredential" ("tenantId", "objectId", "keyId", kind, "displayName", hint, thumbprint, "startsAt", "endsAt", "mutedAt", "mutedBy",
      ownerless, "runId")
    SELECT a."tenantId", a."objectId", gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'certificate' ELSE 'secret' END,
      'CN=uncommonly-long-name-of-a-certificate.subsidiary.contoso.example', 'nX8', repeat('A1B2C3D4', 8), now() - interval '300 days',
      CASE WHEN n % 9 = 0 THEN NULL ELSE now() + make_interval(days => 11 * n - 60) END, CASE n % 7 WHEN 0 THEN now() END,
      CASE n % 7 WHEN 0 THEN 'admin@contoso.example' END, cardinality(a.owners) = 0, a."runId"
    FROM "AppRegistration" a, LATERAL (SELECT right(a."objectId"::text, 3)::int - 100 AS n) x`

const SENDERS = `
  INSERT INTO "Sender" ("mailServerId", address, way, "addedBy", "addedAt", outcome, at, how, revision, digest, code, evidence)
    SELECT '${FIRST}', CASE n WHEN 1 THEN '${LONG_ADDRESS}' ELSE 'sender-' || n || '@contoso.example' END,
      CASE n % 2 WHEN 0 THEN 'login' ELSE 'send-as' END, 'admin@contoso.example', now(),
      CASE n % 3 WHEN 0 THEN 'accepted' WHEN 1 THEN 'refused' END, CASE WHEN n % 3 < 2 THEN now() END, CASE WHEN n % 3 < 2 THEN 'test' END, 1, 'other',
      CASE n % 3 WHEN 1 THEN 'send-as-denied' END, CASE n % 3 WHEN 1 THEN '550 5.2.252 SendAsDenied' END
    FROM generate_series(1, 60) n`

const rule = (n: number, outcome: unknown, changed: Record<string, unknown> = {}) => ({
  id: `rule-${n}`,
  name: n === 1 ? LONG_NAME : `Regel für Büro ${n}`,
  enabled: n !== 5,
  senders: [{ kind: 'domain-tree', domain: `branch-office-${n}.subsidiary-with-a-long-name.contoso.example` }],
  recipients: [{ kind: 'address', address: LONG_ADDRESS }],
  outcome,
  ...changed,
})
const allow = { verdict: 'allow', sender: null, individual: false, server: null }

/** Six rules; one is off, one is never reached, one names an unverified sender. */
const RULES = {
  rules: [
    rule(1, { ...allow, sender: { address: LONG_ADDRESS, name: 'Büro für Gebühren' } }),
    rule(2, { verdict: 'decline' }),
    rule(
      3,
      { ...allow, individual: true },
      { senders: [{ kind: 'regex', source: String.raw`(?:test|try-out)-\d+@.*\.example` }] },
    ),
    rule(
      4,
      { ...allow, server: '00000000-0000-4000-8000-000000000011' },
      { senders: [], recipients: [{ kind: 'domain', domain: 'litware.example' }] },
    ),
    rule(5, { verdict: 'decline' }),
    rule(
      6,
      { verdict: 'decline' },
      { senders: [], recipients: [{ kind: 'address', address: 'office@litware.example' }] },
    ),
  ],
  otherwise: 'allow',
}

const REVISIONS_OF_RULES = `
  INSERT INTO "PolicyRevision" (number, rules, "savedBy", "savedAt")
    SELECT n, CASE n WHEN 30 THEN '${JSON.stringify(RULES).replaceAll("'", "''")}'::jsonb ELSE '{"rules":[],"otherwise":"allow"}'::jsonb END,
      '${LONG_ADDRESS}', now() - (30 - n) * interval '1 day' FROM generate_series(1, 30) n`

export const FAILED_SUBJECT =
  'Störung: Das Clientgeheimnis der Anwendung „Postroom“ im Mandanten Contoso läuft in sieben Tagen ab'

const MESSAGES = [
  { subject: FAILED_SUBJECT, state: 'failed', code: 'recipient-not-found', recipient: LONG_ADDRESS },
  { subject: 'Übersicht', state: 'failed', code: 'send-as-denied', minutesAgo: 50 },
  { subject: 'Größe', state: 'failed', code: 'message-too-large', minutesAgo: 70 },
  { subject: 'Später', state: 'queued', dueInMinutes: 40 },
  { subject: 'Zurück', state: 'held', minutesAgo: 90, recipient: LONG_ADDRESS },
  { subject: 'Geschützt', state: 'delivered', minutesAgo: 200 },
] as const

/** More than a page of failures for three reasons, and messages in the states that only a person or a rule causes. */
async function addMessages(tree: Tree): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const message of MESSAGES) ids[message.state] ??= await storeMessage(tree, message)
  for (const state of ['declined', 'cancelled', 'dismissed', 'sending', 'twice'])
    ids[state] = await storeMessage(tree, {
      subject: `Für „${state}“`,
      state: 'failed',
      code: 'recipient-not-found',
      minutesAgo: 30,
    })
  for (const state of ['declined', 'cancelled', 'dismissed', 'sending'])
    await tree.query(`UPDATE "Message" SET state = '${state}', "leasedUntil" = CASE '${state}' WHEN 'sending' THEN now() + interval '1 hour' END,
      "endedAt" = CASE WHEN '${state}' <> 'sending' THEN now() END WHERE id = '${ids[state]}'`)
  await tree.query(`UPDATE "Message" SET "mayBeDuplicate" = true WHERE id = '${ids.twice}';
    UPDATE "Recipient" SET reply = repeat('550 5.1.10 RESOLVER.ADR.RecipientNotFound; ', 12) WHERE "messageId" = '${ids.failed}';
    INSERT INTO "Recipient" ("messageId", position, address, state) SELECT '${ids.failed}', n, 'person-' || n || '@fabrikam.example', 'delivered'
      FROM generate_series(1, 30) n;
    INSERT INTO "Attempt" ("messageId", fence, at, "durationMs", "mailServerId", version, decision, recipients, outcome, stage, code, reply)
      SELECT '${ids.failed}', n, now() - n * interval '1 minute', 84000, '${FIRST}', 1,
        '{"by":"rule","rule":1,"name":"${LONG_NAME}","from":"${LONG_ADDRESS}"}', 30, 'unknown', 'data', 'deadline-passed', repeat('no answer ', 20)
      FROM generate_series(1, 6) n`)
  await tree.query(`INSERT INTO "Message" (id, "mailServerId", state, reason, source, subject, "messageId", "sizeBytes", "needsUtf8", "acceptedAt",
      "dueAt", "expiresAt", "endedAt", "attemptCount", "lastCode")
    SELECT gen_random_uuid(), "mailServerId", state, reason, source, subject, gen_random_uuid()::text, "sizeBytes", "needsUtf8", "acceptedAt", "dueAt",
      "expiresAt", "endedAt", "attemptCount", "lastCode" FROM "Message", generate_series(1, 30) WHERE id = '${ids.failed}'`)
  return ids
}

const OPERATORS = `
  INSERT INTO "Operator" (id, name, email, role, "updatedAt", "disabledAt", "lastSignInAt")
    SELECT 'many-' || n, CASE n WHEN 1 THEN '${LONG_NAME}' ELSE '' END, CASE n WHEN 1 THEN '${LONG_ADDRESS}' ELSE 'person-' || n || '@contoso.example' END,
      (ARRAY['viewer', 'operator', 'admin'])[n % 3 + 1], now(), CASE n WHEN 2 THEN now() END, CASE WHEN n > 4 THEN now() END
    FROM generate_series(1, 12) n ON CONFLICT DO NOTHING;
  INSERT INTO "Session" (id, token, "userId", "expiresAt", "ipAddress", "userAgent", "updatedAt")
    SELECT 'many-' || n, 'many-' || n, 'many-1', now() + interval '1 hour', '2001:db8:85a3:8d3:1319:8a2e:370:7348',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0', now() FROM generate_series(1, 3) n ON CONFLICT DO NOTHING;
  INSERT INTO "Heartbeat" (name, "beatAt") VALUES ('worker-of-another-machine', now() - interval '20 minutes') ON CONFLICT DO NOTHING`

const CLIENTS = `
  INSERT INTO "Client" (id, way, kind, name, owner, place, senders, networks, login, "secretHash", "secretAt", hint, scopes, "expiresAt",
      "createdBy", "createdAt", "disabledAt", "lastSeenAt", "lastAddress", "lastErrorAt", "lastError")
    SELECT ('00000000-0000-4000-8000-00000000c' || 100 + n)::uuid, way, (ARRAY['printer', 'application', 'script'])[n % 3 + 1],
      CASE n % 4 WHEN 0 THEN '${LONG_NAME}, Bürogerät ' ELSE 'Bürogerät ' END || n, CASE n % 2 WHEN 0 THEN '${LONG_ADDRESS}' END,
      CASE n % 3 WHEN 0 THEN 'Gebäude für Übersee, dritte Etage' ELSE '' END, ARRAY['${LONG_ADDRESS}', '*@contoso.example'],
      CASE way WHEN 'network' THEN ARRAY['2001:db8:85a3:8d3:1319:8a2e:370:7348/128'] ELSE '{}' END, CASE way WHEN 'login' THEN 'client-' || n END,
      CASE way WHEN 'network' THEN NULL ELSE 'hash of client ' || n END, now(), CASE way WHEN 'api-key' THEN 'prk_abcd' END,
      CASE way WHEN 'api-key' THEN ARRAY['send', 'read'] ELSE '{}' END, CASE WHEN way = 'api-key' THEN now() + make_interval(days => n - 10) END,
      'admin@contoso.example', now() - interval '90 days', CASE n % 7 WHEN 0 THEN now() END, CASE WHEN n % 5 > 0 THEN now() - n * interval '5 hours' END,
      '2001:db8:85a3:8d3:1319:8a2e:370:7348', CASE n % 5 WHEN 1 THEN now() END, CASE n % 5 WHEN 1 THEN 'login-wrong' END
    FROM generate_series(1, 40) n, LATERAL (SELECT (ARRAY['login', 'network', 'api-key'])[n % 3 + 1] AS way) w;
  INSERT INTO "SubmissionSession" (id, "startedAt", "durationMs", entrance, address, helo, login, "clientId", tls, sender, accepted, refusal, stages)
    SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 60000), 12, '0') || '70008000000000000' || 100 + n)::uuid, now() - n * interval '1 minute', 1184, 'starttls', '2001:db8:85a3:8d3:1319:8a2e:370:' || n,
      'a-printer-with-a-long-name.third-floor.contoso.example', 'client-' || n, CASE n % 2 WHEN 0 THEN c.id END, 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      '${LONG_ADDRESS}', 1 - least(n % 3, 1), (ARRAY[NULL, 'login-wrong', 'sender-not-allowed'])[n % 3 + 1],
      jsonb_build_array('{"atMs":2,"event":"connect"}'::jsonb, jsonb_build_object('atMs', 9, 'event', 'sender', 'detail', '${LONG_ADDRESS}'))
    FROM generate_series(1, 60) n LEFT JOIN "Client" c ON c.login = 'client-3';
  INSERT INTO "BasicAuthReport" (id, kind, "fromDay", "untilDay", senders, inheriting, "uploadedBy", "uploadedAt")
    VALUES (gen_random_uuid(), 'script', now() - interval '90 days', now(), 40, 12, '${LONG_ADDRESS}', now());
  INSERT INTO "BasicAuthSender" (address, setting, "seenFrom", "seenUntil", messages, "lastUseDay", "clientId")
    SELECT 'sender-' || n || '-with-a-long-name.of-a-subsidiary@contoso.example', (ARRAY['enabled', 'disabled', 'inherits'])[n % 3 + 1],
      now() - interval '90 days', now(), 1184 * n, now(), CASE n % 4 WHEN 0 THEN c.id END
    FROM generate_series(1, 40) n, "Client" c WHERE c.login = 'client-3';
  INSERT INTO "Alert" (id, kind, subject, details, "openedAt", "heldAt", "acknowledgedAt", "acknowledgedBy", "closedAt")
    SELECT gen_random_uuid(), kind, subject, details::jsonb, now() - interval '3 hours', now(), CASE WHEN known THEN now() END,
      CASE WHEN known THEN '${LONG_ADDRESS}' END, CASE WHEN over THEN now() END
    FROM (VALUES ('queue-age', '', '{"minutes":84,"messages":1184,"server":"${LONG_NAME}"}', false, false),
      ('failures', '', '{"count":84,"minutes":5}', true, false),
      ('server-paused', 'mail-server:${FIRST}', '{"server":"${LONG_NAME}","since":"2026-11-24T12:00:00Z","by":"${LONG_ADDRESS}"}', false, true),
      ('disk', '', '{"freeMib":184}', false, false)) AS v(kind, subject, details, known, over)`

/** A fault of the only mail server keeps all mail back. */
export const STOP_ALL = `
  UPDATE "MailServer" SET "pausedAt" = now() - interval '2 hours', "pausedBy" = 'diagnosis', "pauseCode" = 'secret-expired',
    "pauseVersion" = 1, "pauseIsOwn" = true,
    "nextProbeAt" = now() + interval '1 hour'`

/** A deployment with long lists of everything. The browser's session is an administrator's, and the settings are saved. */
export async function addManyOfEverything(tree: Tree): Promise<Record<string, string>> {
  const statements = [
    MAIL_SERVERS,
    CREDENTIALS,
    REMINDERS,
    APP_REGISTRATIONS,
    SENDERS,
    REVISIONS_OF_RULES,
    OPERATORS,
    CLIENTS,
  ]
  for (const statement of statements) await tree.query(statement)
  return addMessages(tree)
}
