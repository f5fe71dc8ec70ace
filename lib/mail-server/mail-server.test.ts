import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { breakOffEverywhere } from '../../tests/support/database'
import {
  CLIENT,
  caller,
  createWorld,
  OBJECT,
  PASSWORD,
  SECRET,
  saved,
  TENANT,
  tested,
  tokenWith,
  type World,
} from '../../tests/support/mail-server'
import { jsonAnswer } from '../../tests/support/servers'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.end())

const audits = () => world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })

describe('Saving', () => {
  test('a save is a revision with its author, one credential and one audit row; the secret is nowhere to be read', async () => {
    const mailServer = world.mailServer()
    expect(await saved(mailServer, world.exchange(), 0)).toMatchObject({ ok: true, value: { version: 1 } })
    const view = await mailServer.view()
    expect(view).toMatchObject({
      version: 1,
      fields: { tenantId: TENANT, clientId: CLIENT, secretExpiresAt: '2099-12-31' },
      secret: { set: true, by: 'admin@contoso.example', kid: 'k1', readable: true },
      state: 'unverified',
      verifiedBy: null,
      lastVerified: null,
    })
    const [row, ...more] = await audits()
    expect(more).toEqual([])
    expect(row).toMatchObject({ action: 'mail-server.save', result: 'done', actorName: 'admin@contoso.example' })
    const { db } = world.database
    const everything = JSON.stringify([
      view,
      await mailServer.revisions({ page: 1, size: 20 }),
      await db.credential.findMany(),
      await db.mailServerRevision.findMany(),
      await db.mailServer.findMany(),
      row?.details,
    ])
    expect(everything).not.toContain(SECRET)
  })

  test('S-03 saved again with the secret kept, the sealed text is the very same', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const before = await world.database.db.credential.findMany()
    const keep = (senderName: string) => world.exchange({ clientSecretChange: 'keep', clientSecret: '', senderName })
    expect(await saved(mailServer, keep('One'), 1)).toMatchObject({ ok: true, value: { version: 2 } })
    expect(await saved(mailServer, keep('Two'), 2)).toMatchObject({ ok: true, value: { version: 3 } })
    expect(await world.database.db.credential.findMany()).toEqual(before)
  })

  test('saving without a change makes no revision and no audit row, and is still refused on an old version', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const keep = world.exchange({ clientSecretChange: 'keep', clientSecret: '' })
    const before = await everyRow()
    expect(await saved(mailServer, keep, 1)).toEqual({ ok: true, value: { version: 1, changed: [] } })
    expect(await everyRow()).toEqual(before)
    expect(await saved(mailServer, keep, 0)).toMatchObject({ error: { kind: 'conflict' } })
    expect(await saved(mailServer, world.exchange(), 1)).toMatchObject({ ok: true, value: { version: 2 } }) // entered again
  })

  test.each([null, '', '   ', '********', '\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf', [], {}])(
    'S-03 a secret of %j is an error, never "keep"',
    (clientSecret) => {
      for (const raw of [
        world.exchange({ clientSecret }),
        world.exchange({ clientSecret, clientSecretChange: undefined }),
      ])
        expect(world.mailServer().parse(raw)).toMatchObject({ ok: false, error: { clientSecret: {} } })
    },
  )

  test('R-12 a conflict says that another person has saved', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const change = mailServer.parse(world.exchange())
    if (!change.ok) throw new Error('these settings are right')
    const other = { ...caller, actor: { ...caller.actor, email: 'ben@contoso.example' } }
    expect(await mailServer.save(other, { change: change.value, version: 0 })).toMatchObject({
      error: { kind: 'conflict', theirs: { by: 'admin@contoso.example', isOwn: false } },
    })
  })

  test('S-03 an absent secret and an absent choice keep', () => {
    const parsed = world.mailServer().parse(world.exchange({ clientSecret: undefined, clientSecretChange: undefined }))
    expect(parsed).toMatchObject({ ok: true, value: { secret: { kind: 'keep' } } })
  })

  test('R-12 one of 50 concurrent saves that are based on one version is saved, and 49 are refused with the saved values', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const keep = (n: number) => world.exchange({ clientSecretChange: 'keep', senderName: `Contoso ${n}` })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => saved(mailServer, keep(n), 1)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const winner = answers.findIndex(({ ok }) => ok)
    for (const answer of answers.filter(({ ok }) => !ok))
      expect(answer).toMatchObject({
        error: {
          kind: 'conflict',
          version: 2,
          theirs: { by: 'admin@contoso.example', isOwn: true, fields: { senderName: `Contoso ${winner}` } },
        },
      })
    expect(await world.database.db.mailServerRevision.count()).toBe(2)
    const rows = await audits()
    expect(rows.filter(({ result }) => result === 'done')).toHaveLength(2)
    expect(rows.filter(({ result }) => result === 'refused')).toHaveLength(49)
  })

  test('R-12 one of 20 first saves at once is saved', async () => {
    const mailServer = world.mailServer()
    const answers = await Promise.all(Array.from({ length: 20 }, () => saved(mailServer, world.exchange(), 0)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await world.database.db.credential.count()).toBe(1)
  })

  test('R-14 broken off after any statement, nothing of a save is there', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    const before = await everyRow()
    const change = world.exchange({ senderName: 'Changed' })
    const times = await breakOffEverywhere(
      world.database.db,
      (db) => saved(world.mailServer({ on: { ...world.database, db } }), change, 1),
      async () => expect(await everyRow()).toEqual(before),
    )
    // At least what is written: version, previous and new credential, reference to it, revision, audit entry.
    expect(times).toBeGreaterThanOrEqual(6)
    expect(await world.mailServer().view()).toMatchObject({ version: 2, fields: { senderName: 'Changed' } })
  })
})

async function everyRow() {
  const { db } = world.database
  return [
    await db.mailServer.findMany(),
    await db.mailServerRevision.findMany(),
    await db.credential.findMany(),
    await audits(),
  ]
}

describe('Going back', () => {
  test('restores the last verified revision in one step, with its secret and its verification', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const keep = world.exchange({ clientSecretChange: 'keep' })
    expect((await tested(mailServer, keep)).finished?.report.outcome).toBe('accepted')
    await saved(mailServer, world.smtpFields({ username: 'other' }), 1)
    const { lastVerified, verifiedBy } = await mailServer.view()
    expect(verifiedBy).toBeNull()
    expect(lastVerified).toMatchObject({ number: 1, isCurrent: false, secretAvailable: true })

    expect(await mailServer.restore(caller, { number: 1, version: 2 })).toEqual({ ok: true, value: { version: 3 } })
    const after = await mailServer.view()
    expect(after).toMatchObject({
      version: 3,
      state: 'delivering',
      fields: { tenantId: TENANT },
      secret: { readable: true },
    })
    expect(after.verifiedBy).not.toBeNull()
    expect(after.lastVerified).toMatchObject({ number: 3, isCurrent: true })
    const { rows } = await mailServer.revisions({ page: 1, size: 9 })
    expect(rows.map(({ number, restored }) => [number, restored])).toEqual([
      [3, 1],
      [2, null],
      [1, null],
    ])
    expect((await tested(mailServer, keep)).finished?.report.outcome).toBe('accepted')
  })

  test('to a revision whose secret is gone, or on an old version, is refused and nothing changes', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    await saved(mailServer, world.smtpFields(), 1)
    expect(await mailServer.restore(caller, { number: 1, version: 1 })).toMatchObject({ error: { kind: 'conflict' } })
    expect(await mailServer.restore(caller, { number: 7, version: 2 })).toMatchObject({
      error: { kind: 'no-revision' },
    })
    await world.database.db.credential.updateMany({ where: { kind: 'client-secret' }, data: { sealed: 'x' } })
    expect(await mailServer.restore(caller, { number: 1, version: 2 })).toMatchObject({
      error: { kind: 'revision-secret' },
    })
    expect((await mailServer.view()).version).toBe(2)
    expect((await audits()).filter(({ result }) => result === 'refused')).toHaveLength(3)
  })

  test.each([
    ['host', { allowNetworks: [] }],
    ['port', { allowPorts: [] }],
    ['plain text', { allowPlaintextSmtp: false }],
    ['cloud', { clouds: [] }],
  ])('to a revision whose %s the deployment no longer allows is refused and nothing changes', async (what, rules) => {
    const mailServer = world.mailServer()
    const plain = { security: 'none', login: 'none' }
    await saved(
      mailServer,
      what === 'cloud' ? world.exchange() : world.smtpFields(what === 'plain text' ? plain : {}),
      0,
    )
    await saved(mailServer, world.smtpFields({ senderName: 'Contoso' }), 1)
    const refused = await world.mailServer(rules).restore(caller, { number: 1, version: 2 })
    expect(refused).toMatchObject({ error: { kind: 'revision-invalid' } })
    expect((await mailServer.view()).version).toBe(2)
    expect(await mailServer.restore(caller, { number: 1, version: 2 })).toMatchObject({ ok: true })
  })
})

describe('Testing', () => {
  test('every stage ends in order, the report is stored with one audit entry, and the revision is verified', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const { events, finished } = await tested(mailServer, world.exchange({ clientSecretChange: 'keep' }))
    const report = finished?.report
    expect(report?.stages.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      'settings passed',
      'token passed',
      'claims passed',
      'connect passed',
      'tls passed',
      'auth passed',
      'sender passed',
      'recipient passed',
      'data passed',
    ])
    expect(report).toMatchObject({
      outcome: 'accepted',
      diagnosis: null,
      accepted: {
        reply: expect.stringContaining('250 2.0.0 OK'),
        serverMessageId: expect.stringContaining('lab.prod'),
      },
      sender: {
        envelopeFrom: 'noreply@contoso.example',
        from: 'noreply@contoso.example',
        login: 'noreply@contoso.example',
      },
    })
    expect(report?.stages[2]?.facts).toMatchObject({ oid: OBJECT, roles: ['SMTP.SendAsApp'] })
    expect(events.map((event) => (event.kind === 'began' ? event.stage : event.kind)).slice(0, 4)).toEqual([
      'settings',
      'ended',
      'token',
      'ended',
    ])
    expect((await mailServer.view()).state).toBe('delivering')
    expect(await mailServer.objectId()).toBe(OBJECT)
    expect((await audits()).filter(({ action }) => action === 'mail-server.test')).toHaveLength(1)
    const stored = await mailServer.report(finished?.testId ?? '')
    expect(stored?.ended?.report).toEqual(report)
    expect(JSON.stringify([stored, events])).not.toContain(SECRET)
    expect(JSON.stringify([stored, events])).not.toContain('eyJ')
    expect(JSON.stringify(stored?.ended?.transcript)).not.toContain('This is a test message')
  })

  test('the message says who, when, by which server; M-14 its Message-ID is ours and it is marked as automatic', async () => {
    await tested(world.mailServer(), world.exchange())
    const [message = ''] = world.smtp.messages
    expect(message).toMatch(/^Message-ID: <[0-9a-f-]{36}@contoso\.example>/im)
    expect(message).toMatch(/^Auto-Submitted: auto-generated/im)
    const plain = Buffer.from(message.replace(/=\r?\n/g, '')).toString()
    for (const line of [
      'admin@contoso.example',
      'console.contoso.example',
      `localhost:${world.smtp.port}`,
      'You do not need to reply',
    ])
      expect(plain).toContain(line)
  })

  test('a test of what is typed, saved afterwards, verifies it', async () => {
    const mailServer = world.mailServer()
    await tested(mailServer, world.exchange())
    expect((await mailServer.view()).state).toBe('off')
    await saved(mailServer, world.exchange(), 0)
    expect((await mailServer.view()).state).toBe('delivering')
  })

  test('a dry run stops before DATA, is ready, and verifies nothing', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const { finished } = await tested(mailServer, world.exchange({ clientSecretChange: 'keep' }), { dryRun: true })
    expect(finished?.report).toMatchObject({ outcome: 'ready', accepted: null, diagnosis: null })
    expect(finished?.report.stages.at(-1)).toMatchObject({ stage: 'data', state: 'skipped' })
    expect(world.smtp.messages).toEqual([])
    expect((await mailServer.view()).state).toBe('unverified')
  })

  test('SMTP with a login has no token and no claims; without encryption no tls; without a login no auth', async () => {
    const mailServer = world.mailServer()
    const stagesOf = async (raw: Parameters<typeof tested>[1]) =>
      (await tested(mailServer, raw)).finished?.report.stages.flatMap(({ stage, state }) =>
        state === 'passed' ? stage : [],
      )
    expect(await stagesOf(world.smtpFields())).toEqual([
      'settings',
      'connect',
      'tls',
      'auth',
      'sender',
      'recipient',
      'data',
    ])
    expect(await stagesOf(world.smtpFields({ login: 'none', security: 'none' }))).toEqual([
      'settings',
      'connect',
      'sender',
      'recipient',
      'data',
    ])
    expect(world.smtp.plain.join()).not.toContain('AUTH')
  })

  test('settings that do not parse, and a secret that is missing, fail at once and open no connection', async () => {
    const mailServer = world.mailServer()
    const incomplete = (await tested(mailServer, world.exchange({ tenantId: 'contoso' }))).finished?.report
    expect(incomplete?.diagnosis).toMatchObject({
      code: 'settings-incomplete',
      stage: 'settings',
      evidence: 'tenantId',
    })
    expect(incomplete?.stages.map(({ state }) => state)).toEqual(['failed', ...Array(8).fill('skipped')])
    const missing = (await tested(mailServer, world.exchange({ clientSecretChange: 'keep' }))).finished?.report
    expect(missing?.diagnosis).toMatchObject({ code: 'secret-missing', stage: 'settings', retry: 'no' })
    expect(world.entra.requests).toEqual([])
    expect(world.smtp.connections).toBe(0)
  })

  test('a test that an error of our own ends has a report, a stored row and an audit row like any other', async () => {
    const mailServer = world.mailServer({ deadlineMs: -1 }) // no timer can be made of it
    const { finished } = await tested(mailServer, world.exchange())
    expect(finished?.report).toMatchObject({
      outcome: 'failed',
      diagnosis: { code: 'unrecognised', stage: 'settings', retry: 'no' },
    })
    expect(await mailServer.report(finished?.testId ?? '')).toMatchObject({ ended: { report: { outcome: 'failed' } } })
    expect(await world.database.db.auditEvent.count({ where: { action: 'mail-server.test' } })).toBe(1)
  })

  test('N-06 the sixth test in a minute is refused with a wait and an audit row, also by another process on the same database', async () => {
    const mailServer = world.mailServer()
    for (let n = 0; n < 5; n++) await tested(mailServer, world.exchange({ tenantId: 'contoso' }))
    const { refused } = await tested(world.mailServer(), world.exchange())
    if (refused?.kind !== 'too-many') throw new Error('not refused')
    expect(refused.retryAfterMs).toBeGreaterThan(0)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect((await audits()).at(-1)).toMatchObject({ action: 'mail-server.test', result: 'refused' })
    const other = { ...caller, actor: { ...caller.actor, id: 'op-2' } as typeof caller.actor }
    expect((await tested(mailServer, world.exchange(), {}, other)).refused).toBeNull()
  })

  test('a fault of the recipient leaves the state of mail as it was, one of the sender makes it failing', async () => {
    let refusal: [command: string, reply: string] | null = null
    const other = await createWorld({
      script: { act: (line: string) => (refusal && line.startsWith(refusal[0]) ? refusal[1] : null) },
    })
    try {
      const mailServer = other.mailServer()
      await saved(mailServer, other.exchange(), 0)
      const keep = other.exchange({ clientSecretChange: 'keep', clientSecret: '' })
      const codeAfter = async (command: string, reply: string) => {
        refusal = [command, reply]
        const { finished } = await tested(mailServer, keep)
        return [finished?.report.diagnosis?.code, await mailServer.state()]
      }
      expect(await codeAfter('RCPT', '550 5.1.10 RESOLVER.ADR.RecipientNotFound')).toEqual([
        'recipient-not-found',
        'unverified',
      ])
      refusal = null
      await tested(mailServer, keep)
      expect(await codeAfter('RCPT', '550 5.1.10 RESOLVER.ADR.RecipientNotFound')).toEqual([
        'recipient-not-found',
        'delivering',
      ])
      expect(await codeAfter('RCPT', '501 5.1.3 Invalid address')).toEqual(['address-malformed', 'delivering'])
      expect((await mailServer.view()).latestTest?.diagnosisCode).toBe('address-malformed')
      expect(await codeAfter('MAIL', '501 5.1.7 Invalid address')).toEqual(['address-malformed', 'failing'])
    } finally {
      await other.end()
    }
  })

  test('a test whose reader has gone still ends, is stored and audited', async () => {
    const mailServer = world.mailServer()
    const change = mailServer.parse(world.exchange())
    const started = await mailServer.test(caller, { change, to: 'anna@fabrikam.example', dryRun: false })
    if (!started.ok) throw new Error('refused')
    await started.value.next()
    await started.value.return()
    await expect.poll(() => world.database.db.testRun.count(), { timeout: 10_000 }).toBe(1)
    expect((await audits()).filter(({ action }) => action === 'mail-server.test')).toHaveLength(1)
  })

  test('German callers read German', async () => {
    const { finished } = await tested(
      world.mailServer(),
      world.smtpFields({ passwordChange: 'keep' }),
      {},
      { ...caller, locale: 'de' },
    )
    expect(finished?.report.diagnosis?.title).toBe('Die Anmeldedaten fehlen')
  })
})

describe('Whatever the peer does', () => {
  async function against(wish: Parameters<typeof createWorld>[0], deadline: { deadlineMs?: number } = {}) {
    const hostile = await createWorld(wish)
    try {
      const begunMs = performance.now()
      const { finished } = await tested(hostile.mailServer(deadline), hostile.exchange())
      const runs = await hostile.database.db.testRun.findMany()
      const audit = await hostile.database.db.auditEvent.findMany()
      const tookMs = performance.now() - begunMs
      return { finished, tookMs, runs, audit, stored: JSON.stringify([runs, audit], bigintText) }
    } finally {
      await hostile.end()
    }
  }
  const bigintText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const silent = () => () => {}

  test.each([
    ['a token service that never answers', { answer: silent }, 'token'],
    [
      'a mail server that never greets',
      { script: { act: (line: string) => (line === 'GREETING' ? () => {} : null) } },
      'connect',
    ],
    [
      'a login that is never answered',
      { script: { act: (line: string) => (line.startsWith('AUTH') ? () => {} : null) } },
      'auth',
    ],
    [
      'a message that is never answered',
      { script: { act: (line: string) => (line === 'MESSAGE' ? () => {} : null) } },
      'data',
    ],
  ] as const)('N-12 %s: over by the deadline and two seconds, stored and audited', async (_, wish, stage) => {
    const { finished, tookMs, runs, audit } = await against(wish, { deadlineMs: 1_500 })
    expect(tookMs).toBeLessThan(1_500 + 2_000)
    expect(finished?.report).toMatchObject({ outcome: 'failed', accepted: null, diagnosis: { stage } })
    expect(['deadline-passed', 'connection-timed-out']).toContain(finished?.report.diagnosis?.code)
    expect(finished?.report.stages.filter(({ state }) => state === 'failed')).toHaveLength(1)
    expect([runs.length, audit.length]).toEqual([1, 1])
  })

  test('S-14 peers that echo what they got leave no secret and no token in report, row or audit', async () => {
    const bearer = tokenWith({ x: SECRET })
    const echoing = await against({
      answer: () => jsonAnswer({ token_type: 'Bearer', expires_in: 3599, access_token: bearer }),
      script: {
        act: (line) =>
          line.startsWith('AUTH') ? `535 5.7.3 no: ${line} ${Buffer.from(line.slice(13), 'base64')}` : null,
      },
    })
    expect(echoing.finished?.report.diagnosis).toMatchObject({
      code: 'exchange-rejected-token',
      stage: 'auth',
      retry: 'settling',
    })
    for (const needle of [SECRET, bearer, bearer.slice(0, 40), Buffer.from(SECRET).toString('base64').slice(0, 40)])
      expect(echoing.stored + JSON.stringify(echoing.finished)).not.toContain(needle)

    const echo = await against({
      answer: (request) =>
        jsonAnswer(
          {
            error: 'invalid_client',
            error_description: `AADSTS7000215: ${request.slice(-400)}`,
            error_codes: [7000215],
          },
          401,
        ),
    })
    expect(echo.finished?.report.diagnosis).toMatchObject({ code: 'secret-invalid', stage: 'token' })
    for (const needle of [SECRET, encodeURIComponent(SECRET)])
      expect(echo.stored + JSON.stringify(echo.finished)).not.toContain(needle)
  })

  test('an expired secret is reported with the date of the stored secret, never for one that was just entered', async () => {
    const body = { error: 'invalid_client', error_description: 'AADSTS7000222: over', error_codes: [7000222] }
    const strict = await createWorld({ answer: () => jsonAnswer(body, 401) })
    const mailServer = strict.mailServer()
    await saved(mailServer, strict.exchange(), 0)
    const causeOf = async (change: Record<string, string>) =>
      (await tested(mailServer, strict.exchange(change))).finished?.report.diagnosis?.cause
    expect(await causeOf({ clientSecretChange: 'keep', secretExpiresAt: '' })).toContain('31\u00a0December\u00a02099')
    expect(await causeOf({ secretExpiresAt: '2098-01-02' })).toContain('2\u00a0January\u00a02098')
    // Only where the stored secret is rejected do deliveries use the previous one.
    await saved(mailServer, strict.exchange({ clientSecret: SECRET.replace(/.$/, 'X') }), 1)
    await strict.database.db.credential.updateMany({ where: { slot: 'previous' }, data: { refusedAt: null } })
    const untilOf = async (clientSecretChange: string) =>
      (await tested(mailServer, strict.exchange({ clientSecretChange, secretExpiresAt: '' }))).finished?.report
        .diagnosis?.fallbackUntil
    expect([await untilOf('keep'), await untilOf('replace')]).toEqual([expect.any(String), undefined])
    expect(await causeOf({ secretExpiresAt: '' })).not.toContain('recorded')
    await strict.end()
  })

  test('a refused login shows the complete command with the Object ID of the token', async () => {
    const { finished } = await against({
      script: { act: (line) => (line.startsWith('AUTH') ? '535 5.7.3 Authentication unsuccessful' : null) },
    })
    expect(finished?.report.diagnosis?.commands.join('\n')).toContain(
      `New-ServicePrincipal -AppId '${CLIENT}' -ObjectId '${OBJECT}'`,
    )
  })

  test('a stored failure is explained in the language of the reader, not of the person who ran the test', async () => {
    const rejecting = await createWorld({
      script: { act: (line) => (line.startsWith('AUTH') ? '535 5.7.3 Authentication unsuccessful' : null) },
    })
    const mailServer = rejecting.mailServer()
    const { finished } = await tested(mailServer, rejecting.exchange())
    const readIn = async (locale?: 'en' | 'de') =>
      (await mailServer.report(finished?.testId ?? '', locale))?.ended?.report.diagnosis
    expect(await readIn()).toEqual(finished?.report.diagnosis)
    expect(await readIn('en')).toEqual(finished?.report.diagnosis)
    const german = await readIn('de')
    expect(german).toMatchObject({ code: finished?.report.diagnosis?.code, locale: 'de', stage: 'auth' })
    expect(german?.title).toBe('Exchange akzeptiert die Anwendung noch nicht')
    expect(german?.steps[1]).toContain('Öffnen Sie PowerShell')
    expect(german?.commands.join('\n')).toContain(`-ObjectId '${OBJECT}'`)
    await rejecting.end()
  })

  test('a token without the role is a warning, and the diagnosis names the role if the login is refused', async () => {
    const { finished } = await against({
      answer: () => jsonAnswer({ token_type: 'Bearer', expires_in: 3599, access_token: tokenWith({ roles: [] }) }),
      script: { act: (line) => (line.startsWith('AUTH') ? '535 5.7.3 Authentication unsuccessful' : null) },
    })
    expect(finished?.report.stages.find(({ stage }) => stage === 'claims')?.state).toBe('warned')
    expect(finished?.report.diagnosis).toMatchObject({ code: 'role-missing', stage: 'auth' })
  })

  test('a token for another audience ends the test before any connection to the mail server', async () => {
    const { finished } = await against({
      answer: () =>
        jsonAnswer({
          token_type: 'Bearer',
          expires_in: 3599,
          access_token: tokenWith({ aud: 'https://graph.microsoft.com' }),
        }),
    })
    expect(finished?.report.diagnosis).toMatchObject({ code: 'token-wrong-audience', stage: 'claims' })
    expect(finished?.transcript).toEqual([])
  })
})

describe('S-04 a secret is only sent to the destination that it was entered for', () => {
  const EXCHANGE = {
    cloud: 'global',
    tenantId: 'e4c18495-0b2d-4a7f-89e3-7d6f5a4b3c21',
    clientId: '5b7cf2a3-1d8e-4e0b-b4f9-3c2a0d9e8f71',
  }
  const SMTP = { host: 'smtp.contoso.example', port: 2525, security: 'tls', username: 'someone.else' }

  test.each([
    ...Object.entries(EXCHANGE).map(([field, value]) => ['exchange', field, value] as const),
    ...Object.entries(SMTP).map(([field, value]) => ['smtp', field, value] as const),
    ['exchange', 'type', 'smtp'] as const,
    ['smtp', 'type', 'exchange'] as const,
  ])(
    '%s: with another %s, keeping is refused on save, on test and in a file, and nothing is sent',
    async (type, field, value) => {
      const mailServer = world.mailServer()
      const base = type === 'exchange' ? world.exchange() : world.smtpFields()
      await saved(mailServer, base, 0)
      const unchanged = { clientSecretChange: 'keep', passwordChange: 'keep' } as const
      const ofOtherType = value === 'smtp' ? world.smtpFields(unchanged) : world.exchange(unchanged)
      const flipped = field === 'type' ? ofOtherType : { ...base, ...unchanged, [field]: value }

      expect(await saved(mailServer, flipped, 1)).toMatchObject({
        ok: false,
        error: { kind: 'secret', fault: 'elsewhere' },
      })
      const { finished } = await tested(mailServer, flipped)
      expect(finished?.report.diagnosis).toMatchObject({ code: 'secret-missing', stage: 'settings' })

      const wire = [...world.entra.received, ...world.smtp.received].map(String).join('')
      expect(wire).toBe('')
      expect(world.entra.connections + world.smtp.connections).toBe(0)
      expect((await mailServer.view()).version).toBe(1)
      expect((await audits()).filter(({ result }) => result === 'refused')).toHaveLength(1)
    },
  )

  test('S-06 the same destination in another spelling keeps', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    const spelled = world.exchange({
      clientSecretChange: 'keep',
      tenantId: ` ${TENANT.toUpperCase()}\n`,
      clientId: CLIENT.toUpperCase(),
    })
    expect(await saved(mailServer, spelled, 1)).toMatchObject({ ok: true })
    await saved(mailServer, world.smtpFields(), 1)
    const smtp = world.smtpFields({ passwordChange: 'keep', host: 'LOCALHOST.', port: String(world.smtp.port) })
    expect(await saved(mailServer, smtp, 2)).toMatchObject({ ok: true })
  })
})

describe('S-05 by SQL', () => {
  const cases: [what: string, sql: string, code: string, evidence: RegExp][] = [
    [
      'another tenant',
      `UPDATE "MailServer" SET settings = jsonb_set(settings, '{tenantId}', '"e4c18495-0b2d-4a7f-89e3-7d6f5a4b3c21"')`,
      'secret-missing',
      /another destination: tenantId was "d3b07384/,
    ],
    [
      'another client',
      `UPDATE "MailServer" SET settings = jsonb_set(settings, '{clientId}', '"5b7cf2a3-1d8e-4e0b-b4f9-3c2a0d9e8f71"')`,
      'secret-missing',
      /another destination: clientId was/,
    ],
    [
      'another cloud',
      `UPDATE "MailServer" SET settings = jsonb_set(settings, '{cloud}', '"global"')`,
      'secret-missing',
      /another destination: cloud was "lab", is "global"/,
    ],
    [
      'another row’s sealed text',
      `UPDATE "Credential" a SET sealed = b.sealed FROM "Credential" b WHERE a.slot = 'current' AND b.slot = 'previous'`,
      'secret-unreadable',
      /does not open/,
    ],
    [
      'a damaged sealed text',
      `UPDATE "Credential" SET sealed = left(sealed, length(sealed) - 4) || 'AAAA'`,
      'secret-unreadable',
      /does not open/,
    ],
  ]
  test.each(cases)(
    '%s: the secret does not open, the test names it, nothing is sent',
    async (_, sql, code, evidence) => {
      const mailServer = world.mailServer()
      await saved(mailServer, world.exchange({ clientSecret: `${SECRET}-old` }), 0)
      await saved(mailServer, world.exchange(), 1)
      expect(await mailServer.view()).toMatchObject({ secret: { readable: true } })
      await world.database.db.$executeRawUnsafe(sql)
      const view = await mailServer.view()
      expect(view).toMatchObject({ state: 'failing', secret: { set: true, readable: false } })
      const change = await mailServer.savedChange()
      const started = await mailServer.test(caller, {
        change: { ok: true, value: change as never },
        to: 'anna@fabrikam.example',
        dryRun: false,
      })
      if (!started.ok) throw new Error('refused')
      const events = []
      for await (const event of started.value) events.push(event)
      expect(events.at(-1)).toMatchObject({
        report: { diagnosis: { code, stage: 'settings', evidence: expect.stringMatching(evidence) } },
      })
      expect(world.entra.connections + world.smtp.connections).toBe(0)
    },
  )

  test('pages that say whether a secret can be opened open it once', async () => {
    const mailServer = world.mailServer()
    await saved(mailServer, world.exchange(), 0)
    await mailServer.view()
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    expect(await mailServer.view()).toMatchObject({ secret: { readable: true } })
    expect(decrypt).not.toHaveBeenCalled()
    decrypt.mockRestore()
  })

  test('only the clouds file has changed: test, delivery and page say so, and none of them blames the key', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    const loginOrigin = 'https://login.elsewhere.example'
    const mailServer = world.mailServer({ clouds: [{ ...world.cloud, loginOrigin }] })
    const change = { ok: true, value: (await mailServer.savedChange()) as never } as const
    const { finished } = await tested(mailServer, {}, { change })
    const moved = `loginOrigin was "${world.cloud.loginOrigin}", is "${loginOrigin}"`
    expect(finished?.report.diagnosis).toMatchObject({ code: 'secret-missing', stage: 'settings' })
    expect(finished?.report.diagnosis?.evidence).toContain(moved)
    expect((await mailServer.view()).secret).toMatchObject({ readable: false, destinationChange: moved })
    expect((await world.mailServer().view()).secret).toMatchObject({ readable: true, destinationChange: null })
  })

  test('if the cloud is no longer in the clouds file, the test names it and not a missing secret', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    const mailServer = world.mailServer({ clouds: [{ ...world.cloud, id: 'elsewhere' }] })
    const change = { ok: true, value: (await mailServer.savedChange()) as never } as const
    const { finished } = await tested(mailServer, {}, { change })
    expect(finished?.report.diagnosis).toMatchObject({
      code: 'settings-incomplete',
      stage: 'settings',
      evidence: 'cloud',
    })
  })

  test('another host, and a row under another id', async () => {
    const { db } = world.database
    const mailServer = world.mailServer()
    await saved(mailServer, world.smtpFields(), 0)
    await db.$executeRaw`UPDATE "MailServer" SET settings = jsonb_set(settings, '{host}', '"attacker.test"')`
    expect((await mailServer.view()).secret).toMatchObject({ readable: false })
    await db.$executeRaw`UPDATE "MailServer" SET settings = jsonb_set(settings, '{host}', '"localhost"')`
    expect((await mailServer.view()).secret).toMatchObject({ readable: true })
    await db.$executeRaw`UPDATE "MailServer" SET "credentialId" = NULL`
    await db.$executeRaw`UPDATE "Credential" SET id = 'aaaaaaaa-0000-4000-8000-000000000000'`
    await db.$executeRaw`UPDATE "MailServer" SET "credentialId" = 'aaaaaaaa-0000-4000-8000-000000000000'`
    expect((await mailServer.view()).secret).toMatchObject({ readable: false })
    expect(JSON.stringify(await mailServer.view())).not.toContain(PASSWORD)
  })
})

describe('F-54 changed by hand in the database', () => {
  test('settings that cannot be read are reported, the state is failing, and a save or a restore fixes it', async () => {
    const { db } = world.database
    const mailServer = world.mailServer()
    await tested(mailServer, world.exchange())
    await saved(mailServer, world.exchange(), 0)
    for (const json of ['{"type":"smtp"}', '"text"', 'null', '[]', '{"type":"exchange-online-oauth2","cloud":7}']) {
      await db.$executeRaw`UPDATE "MailServer" SET settings = ${json}::jsonb`
      expect(await mailServer.view(), json).toMatchObject({
        version: 1,
        unreadable: true,
        fields: { tenantId: '', host: '' },
        secret: { set: false },
        state: 'failing',
        verifiedBy: null,
        lastVerified: { number: 1, isCurrent: false },
      })
      expect([await mailServer.state(), await mailServer.savedChange()]).toEqual(['failing', null])
    }
    const keep = { clientSecretChange: 'keep', clientSecret: undefined }
    expect(await saved(mailServer, world.exchange(keep), 1)).toMatchObject({
      error: { kind: 'secret', fault: 'elsewhere' },
    })
    expect(await saved(mailServer, world.exchange(), 7)).toMatchObject({ error: { kind: 'conflict' } })
    expect((await tested(mailServer, world.exchange())).finished).toMatchObject({ report: { outcome: 'accepted' } })
    expect(await mailServer.restore(caller, { number: 1, version: 1 })).toMatchObject({ ok: true })
    expect(await mailServer.view()).toMatchObject({ unreadable: false, state: 'delivering' })

    await db.$executeRaw`UPDATE "MailServer" SET settings = '{}'`
    expect(await saved(mailServer, world.exchange(), 2)).toMatchObject({ ok: true, value: { version: 3 } })
    expect(await mailServer.view()).toMatchObject({ version: 3, unreadable: false })
  })

  test('one revision and one report that cannot be read leave the others as they are', async () => {
    const { db } = world.database
    const mailServer = world.mailServer()
    const [first, second] = [await tested(mailServer, world.exchange()), await tested(mailServer, world.exchange())]
    await saved(mailServer, world.exchange(), 0)
    await saved(mailServer, world.exchange({ senderName: 'New' }), 1)
    await db.$transaction([
      db.$executeRaw`SET LOCAL session_replication_role = replica`,
      db.$executeRaw`UPDATE "MailServerRevision" SET settings = '{"type":"smtp"}' WHERE number = 1`,
    ])
    const damaged = [`stages = '[{}]'`, `stages = '7'`, `diagnosis = '{}'`, `transcript = '[1]'`, `sender = 'null'`]
    const id = first.finished?.testId ?? ''
    for (const change of damaged) {
      await db.$executeRawUnsafe(`UPDATE "TestRun" SET ${change} WHERE id = '${id}'`)
      expect(await mailServer.report(id), change).toMatchObject({ summary: { id }, ended: null })
      expect(await mailServer.objectId()).toBe(OBJECT)
    }
    expect((await mailServer.report(second.finished?.testId ?? ''))?.ended).not.toBeNull()
    expect((await mailServer.history({ page: 1, size: 20 })).total).toBe(2)
    expect((await mailServer.revisions({ page: 1, size: 20 })).rows.map(({ settings }) => settings === null)).toEqual([
      false,
      true,
    ])
    expect(await mailServer.restore(caller, { number: 1, version: 2 })).toMatchObject({
      error: { kind: 'revision-invalid' },
    })
  })
})
