import { execFileSync } from 'node:child_process'
import PostalMime from 'postal-mime'
import { expect, onTestFinished, test } from 'vitest'
import { CLIENT_FIELDS } from '../../../tests/support/client-fields'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { outboxAt, SENDER, SERVER_ID } from '../../../tests/support/outbox'
import { savePolicyRules } from '../../../tests/support/saved-policy'
import { type SmtpScript, startSmtp } from '../../../tests/support/servers'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { checked } from '../../../tests/support/wire-safe'
import { quiet, sharedClock } from '../../../tests/support/world'
import { createAuditLog } from '../../audit'
import { HOUR_MS, newId, systemClock } from '../../kernel'
import { outboxMails } from '../../services/notifications'
import type { ClientFields } from '../client'
import { createClients } from '../clients'
import { takeIn } from '../intake'
import { readFailures, reportsAbout, saveReport, waitingFailures } from '../store/failure-reports'
import { createFailureReports } from '.'

const database = databaseOfEach()
const ORIGINATOR = 'scanner@contoso.example'

const FIELDS: ClientFields = { ...CLIENT_FIELDS, senders: '*@contoso.example' }

async function world(script: SmtpScript = {}, fields: Partial<ClientFields> = {}) {
  const { db } = database
  const act: SmtpScript['act'] = (line) =>
    line === 'RCPT TO:<gone@fabrikam.example>' ? '550 5.1.1 no such user' : null
  const smtp = await untilTestEnds(startSmtp({ security: 'none', act, ...script }))
  const outbox = await outboxAt({ database, port: smtp.port })
  const added = await createClients({ db, clock: systemClock, audit: createAuditLog(db, systemClock) }).add(
    caller,
    'login',
    {
      ...FIELDS,
      ...fields,
    },
  )
  if (!added.ok) throw new Error('no client')
  const clientId = added.value.id
  let aheadMs = 0
  const clock = sharedClock({ ...systemClock, now: () => new Date(Date.now() + aheadMs) })
  const baseUrl = new URL('https://console.contoso.example')
  const mails = outboxMails(db, outbox, 'report')
  const reports = createFailureReports({ db, clock, log: quiet, baseUrl, name: '[192.0.2.5]', ...mails })
  const delivery = await outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  return {
    db,
    smtp,
    outbox,
    reports,
    delivery,
    clientId,
    ahead: (ms: number) => {
      aheadMs = ms
    },
    /** Submits a message as a client's, and waits until it has ended. */
    async fails(recipients: string[], { header = '', ends = 'failed' } = {}) {
      const written = `From: Scanner <${ORIGINATOR}>\r\n${header}Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nSecret text\r\n`
      const arrival = {
        at: new Date(),
        id: newId(),
        sender: ORIGINATOR,
        from: 'printer',
        by: 'console.contoso.example',
        protocol: 'ESMTPSA',
      }
      const intake = takeIn(checked(written), arrival, () => true)
      if (!intake.ok) throw new Error(intake.error.code)
      const { bytes, subject, messageId, originalLines } = intake.value
      const accepted = await outbox.accept({
        source: 'smtp',
        cause: null,
        originator: ORIGINATOR,
        recipients,
        subject,
        messageId,
        bytes,
        needsUtf8: false,
        submission: { clientId, returnPath: ORIGINATOR, originalLines },
      })
      if (!accepted.ok) throw new Error(accepted.error)
      const { id } = accepted.value
      await expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe(ends)
      return id
    },
    reported: () => db.message.findMany({ where: { source: 'report' }, include: { recipients: true } }),
    states: async () => (await db.failureReport.findMany({ orderBy: [{ at: 'asc' }] })).map(({ state }) => state),
  }
}

/** What another parser of mail sees: the types of all parts, and the groups of fields of the delivery status. */
const PYTHON = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [p.get_content_type() for p in m.walk()]
status = [dict(g.items()) for p in m.walk() if p.get_content_type() == 'message/delivery-status' for g in p.get_payload()]
print(json.dumps({'parts': parts, 'status': status, 'report': m.get_param('report-type'), 'defects': [str(d) for p in m.walk() for d in p.defects]}))`

test('a report that waits, or is not delivered itself, does not count as sent', async () => {
  const it = await world()
  const { db } = database
  const id = await it.fails(['gone@fabrikam.example'])
  await it.delivery.stop(1_000) // it would deliver the report
  expect(await it.reports.work()).toBe(1)
  for (const [state, said] of [
    ['queued', 'due'],
    ['sending', 'due'],
    ['failed', 'undelivered'],
    ['cancelled', 'undelivered'],
    ['delivered', 'single'],
  ] as const) {
    await db.message.updateMany({ where: { source: 'report' }, data: { state } })
    expect(await reportsAbout(db, id)).toMatchObject([{ state: said, recipient: ORIGINATOR }])
  }
  await db.message.deleteMany({ where: { source: 'report' } })
  expect(await reportsAbout(db, id)).toMatchObject([{ state: 'single', reportId: null }])
})

test('R-24 a submitted message that fails is reported to its originator as RFC 3464 has it, once', async () => {
  const it = await world()
  const id = await it.fails(['anna@fabrikam.example', 'gone@fabrikam.example'])
  const acceptedAt = new Date('2026-11-02T08:00:00Z')
  const { endedAt } = await it.db.message.update({ where: { id }, data: { acceptedAt } })
  expect(await it.reports.work()).toBe(1)
  expect(await it.reports.work()).toBe(0)
  const [report] = await it.reported()
  expect(report).toMatchObject({ originator: null, returnPath: null, cause: `message:${id}` })
  expect(report?.recipients.map(({ address }) => address)).toEqual([ORIGINATOR])
  await expect
    .poll(() => reportsAbout(database.db, id), { timeout: 10_000 })
    .toEqual([{ state: 'single', at: expect.any(Date), recipient: ORIGINATOR, reportId: report?.id }])
  expect(it.smtp.messages).toHaveLength(2)
  expect(it.smtp.commands.filter((line) => line.startsWith('MAIL FROM:')).at(-1)).toMatch(`MAIL FROM:<${SENDER}>`)

  const text = it.smtp.messages[1] ?? ''
  const mail = await PostalMime.parse(text)
  expect(mail.subject).toBe('Not delivered: Grüße')
  expect(mail.to?.map(({ address }) => address)).toEqual([ORIGINATOR])
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value
  expect(header('auto-submitted')).toBe('auto-replied')
  expect(header('x-auto-response-suppress')).toBe('All')
  expect(mail.inReplyTo).toMatch(/^<.+@console\.contoso\.example>$/)
  expect(mail.text).toContain('The message “Grüße” that Scanner sent on')
  expect(mail.text).toContain(
    'gone@fabrikam.example\n  The recipient does not exist\n  Check the spelling of the address.',
  )
  expect(mail.text).toContain('Answer of the mail server: 550 5.1.1 no such user')
  expect(mail.text).not.toContain('anna@fabrikam.example')
  expect(mail.text).toContain(`https://console.contoso.example/messages/${id}`)
  expect(text).not.toContain('Secret text')

  const parsed = JSON.parse(execFileSync('python3', ['-c', PYTHON], { input: text, encoding: 'utf8' }))
  expect(parsed).toMatchObject({
    report: 'delivery-status',
    parts: [
      'multipart/report',
      'text/plain',
      'message/delivery-status',
      'text/plain',
      'text/plain',
      'text/rfc822-headers',
    ],
    defects: [],
    status: [
      { 'Reporting-MTA': 'dns; [192.0.2.5]' },
      {
        'Final-Recipient': 'rfc822; gone@fabrikam.example',
        Action: 'failed',
        Status: '5.1.1',
        'Diagnostic-Code': 'smtp; 550 5.1.1 no such user',
      },
    ],
  })
  const [{ 'Arrival-Date': arrival }, { 'Last-Attempt-Date': tried }] = parsed.status
  const inSeconds = [acceptedAt, endedAt].map((at) => Math.floor(Number(at) / 1_000) * 1_000)
  expect([arrival, tried].map((date) => Date.parse(date))).toEqual(inSeconds)
  const original = mail.attachments.at(-1)
  expect(original?.mimeType).toBe('text/rfc822-headers')
  expect(Buffer.from(original?.content as ArrayBuffer).toString()).toMatch(
    /^From: Scanner <scanner@contoso\.example>\r?\n[\s\S]*Subject: =\?utf-8\?q\?Gr=C3=BC=C3=9Fe\?=/,
  )
})

test('R-24 recipients that a rule declined are reported, although the text of the message is removed', async () => {
  const it = await world()
  const rule = { id: 'r', name: 'Kept in', enabled: true, senders: [], outcome: { verdict: 'decline' as const } }
  const recipients = [{ kind: 'address' as const, address: 'ben@fabrikam.example' }]
  expect((await savePolicyRules(it.db, { otherwise: 'allow', rules: [{ ...rule, recipients }] })).ok).toBe(true)
  const id = await it.fails(['anna@fabrikam.example', 'ben@fabrikam.example'], { ends: 'delivered' })
  expect(await it.outbox.message(id)).toMatchObject({ reason: 'declined-in-part', hasBody: false })
  expect(await it.reports.work()).toBe(1)
  await expect.poll(() => it.smtp.messages.length, { timeout: 10_000 }).toBe(2)
  const text = it.smtp.messages[1] ?? ''
  expect(text).toContain('Final-Recipient: rfc822; ben@fabrikam.example')
  expect(text).toContain('Status: 5.7.1')
  expect(text).toContain('Diagnostic-Code: x-postroom; declined-by-rule')
  expect(text).toContain('A rule of your organisation does not allow')
  expect(text).toContain('From: Scanner <scanner@contoso.example>')
})

test.each([
  ['the owner', { failureReport: 'owner', owner: 'lena@contoso.example' }, '', 'lena@contoso.example'],
  [
    'the owner also of what a program sent',
    { failureReport: 'owner', owner: 'lena@contoso.example' },
    'Auto-Submitted: auto-generated\r\n',
    'lena@contoso.example',
  ],
  [
    'no owner of a report that another server sent through it',
    { failureReport: 'owner', owner: 'lena@contoso.example' },
    'Auto-Submitted:\r\n auto-replied (delivery-status)\r\n',
    null,
  ],
  ['nobody', { failureReport: 'nobody' }, '', null],
  ['no program', {}, 'Auto-Submitted:\r\n auto-generated (cron)\r\n', null],
  ['no list', {}, 'Precedence: bulk\r\n', null],
  ['no program that writes blanks before the colon', {}, 'Auto-Submitted \t: auto-generated\r\n', null],
  ['no list that writes a blank before the colon', {}, 'Precedence : list\r\n', null],
  ['an originator who says that no program sent it', {}, 'Auto-Submitted: no\r\n', ORIGINATOR],
] as const)('R-24 a failure is reported to %s, and no header is stored any longer', async (_, fields, header, to) => {
  const it = await world({}, fields)
  await it.fails(['gone@fabrikam.example'], { header })
  expect(await it.reports.work()).toBe(to === null ? 0 : 1)
  expect((await it.reported()).flatMap(({ recipients }) => recipients.map(({ address }) => address))).toEqual(
    to === null ? [] : [to],
  )
  const decided = { state: to === null ? 'unwanted' : 'single', header: null }
  expect(await it.db.failureReport.findMany()).toMatchObject([decided])
})

test.each([
  ['an owner who is not there any more', { failureReport: 'owner', owner: 'lena@contoso.example' }, null],
  ['an originator that is not there any more', {}, null],
  ['an address that the composer reads differently', {}, 'a..b@contoso.example'],
] as const)('R-24 a failure does not wait for %s', async (_, fields, returnPath) => {
  const it = await world({}, fields)
  await it.fails(['gone@fabrikam.example'])
  await it.db.client.updateMany({ data: { owner: null } })
  await it.db.message.updateMany({ data: { returnPath } })
  expect(await it.reports.work()).toBe(0)
  expect(await it.states()).toEqual(['unwanted'])
})

test('R-24 a report counts against the bound for an hour, and not for ever', async () => {
  const it = await world()
  for (let reports = 0; reports < 2; reports++) {
    await it.fails(['gone@fabrikam.example'])
    expect(await it.reports.work()).toBe(1)
  }
  await it.fails(['gone@fabrikam.example'])
  const anHourAgo = new Date(Date.now() - HOUR_MS)
  expect(await waitingFailures(it.db, anHourAgo)).toMatchObject([{ count: 1, singles: 2 }])
  const [first] = await it.db.failureReport.findMany({ where: { state: 'single' } })
  if (!first) throw new Error('nothing was reported')
  const { messageId } = first
  await it.db.failureReport.updateMany({ where: { messageId }, data: { decidedAt: anHourAgo } })
  expect(await waitingFailures(it.db, anHourAgo)).toMatchObject([{ count: 1, singles: 1 }])
})

test('R-24 a report that fails is not reported', async () => {
  const it = await world({ act: (line) => (line.startsWith('RCPT') ? '550 5.1.1 no such user' : null) })
  await it.fails(['gone@fabrikam.example'])
  expect(await it.reports.work()).toBe(1)
  const state = async () => (await it.reported()).map((report) => report.state)
  await expect.poll(state, { timeout: 10_000 }).toEqual(['failed'])
  expect(await it.reports.work()).toBe(0)
  expect(await it.states()).toEqual(['single'])
})

test('R-24 what several workers report at once, or what a crash interrupts, is reported once', async () => {
  const it = await world()
  await it.fails(['gone@fabrikam.example'])
  const [waiting] = await waitingFailures(it.db, new Date(0))
  if (!waiting) throw new Error('nothing waits')
  const failures = await readFailures(it.db, waiting, 10)
  const report = { state: 'single', to: ORIGINATOR, reportId: newId() } as const
  const insert = () => Promise.reject(new Error('the worker crashed'))
  await expect(saveReport(it.db, failures, { ...report, insert }, new Date())).rejects.toThrow('crashed')
  expect(await it.states()).toEqual(['due'])
  const counts = await Promise.all([it.reports.work(), it.reports.work(), it.reports.work()])
  expect(counts.reduce((a, b) => a + b)).toBe(1)
  expect(await it.reported()).toHaveLength(1)
})

test('R-24 a flood of failures becomes a few reports and one summary an hour', async () => {
  const it = await world()
  for (let nth = 0; nth < 14; nth++) await it.fails(['gone@fabrikam.example'])
  expect(await it.reports.work()).toBe(10)
  expect(await it.reports.work()).toBe(0)
  it.ahead(HOUR_MS + 1_000)
  expect(await it.reports.work()).toBe(1)
  expect(await it.reports.work()).toBe(0)
  const summary = (await it.reported()).find(({ subject }) => subject === '4 messages from Scanner not delivered')
  await expect
    .poll(async () => (await it.outbox.message(summary?.id ?? ''))?.state, { timeout: 10_000 })
    .toBe('delivered')
  const mail = await PostalMime.parse(it.smtp.messages.find((text) => text.includes('4 messages from Scanner')) ?? '')
  expect(mail.text).toContain('Cause: The recipient does not exist (4 recipients)')
  expect(mail.text?.match(/gone@fabrikam\.example: Grüße/g)).toHaveLength(4)
})

test('R-24 a failure is reported although hundreds of addresses wait for their next summary', async () => {
  const it = await world()
  await it.db.$executeRaw`
    WITH message AS (
      INSERT INTO "Message" ("id", "mailServerId", "state", "source", "returnPath", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "expiresAt")
      SELECT gen_random_uuid(), ${SERVER_ID}::uuid, 'failed', 'smtp', 'box' || n || '@contoso.example', 's', '<' || n || '@contoso.example>', 1, false, now(), now(), now()
      FROM generate_series(1, 200) n RETURNING "id", "returnPath"
    )
    INSERT INTO "FailureReport" ("messageId", "fence", "positions", "automatic", "at", "state", "recipient", "decidedAt")
    SELECT "id", fence, '{}', false, now() - interval '1 minute', state, CASE state WHEN 'summary' THEN "returnPath" END, CASE state WHEN 'summary' THEN now() END
    FROM message, (VALUES (1, 'summary'), (2, 'due')) AS report(fence, state)`
  await it.fails(['gone@fabrikam.example'])
  expect(await it.reports.work()).toBe(1)
  expect(await it.reports.work()).toBe(0)
})

test('to find what is to be reported, each failure is read a few times, however many addresses wait and got reports', async () => {
  const { db } = await world()
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "mailServerId", "state", "source", "returnPath", "subject", "messageId", "sizeBytes", "needsUtf8",
      "acceptedAt", "dueAt", "expiresAt", "endedAt")
    SELECT gen_random_uuid(), s."id", 'failed', 'smtp', 'u' || n || '@contoso.example', 's', '<' || n || '>', 1, false, now(), now(), now(), now()
    FROM "MailServer" s, generate_series(1, 300) n WHERE s."isDefault"`
  await db.$executeRaw`
    INSERT INTO "FailureReport" ("messageId", "fence", "positions", "at", "automatic", "state", "recipient", "decidedAt")
    SELECT m."id", each."fence", '{0}', now(), false, each."state", CASE WHEN each."fence" = 1 THEN m."returnPath" END,
      CASE WHEN each."fence" = 1 THEN now() END
    FROM "Message" m, (VALUES (1, 'single'), (2, 'due')) each("fence", "state")`
  const [waiting, read] = await db.$transaction(async (tx) => {
    const waiting = await waitingFailures(tx as typeof db, new Date(Date.now() - HOUR_MS))
    const [row] = await tx.$queryRaw<{ count: number }[]>`
      SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "count" FROM pg_stat_xact_user_tables
      WHERE relname = 'FailureReport'`
    return [waiting, row?.count ?? 0]
  })
  expect(waiting).toHaveLength(300)
  expect(waiting.every(({ count, singles, hasSummary }) => count === 1 && singles === 1 && !hasSummary)).toBe(true)
  expect(read).toBeLessThan(6_000)
})
