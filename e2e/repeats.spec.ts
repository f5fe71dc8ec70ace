import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { storeMessage } from './support/messages'
import { addOperator } from './support/people'
import { totp } from './support/totp'
import type { Tree } from './support/tree'

const FIRST = '00000000-0000-4000-8000-000000000001'
const BRANCH = '00000000-0000-4000-8000-00000000000b'
const CLIENT = '00000000-0000-4000-8000-00000000000c'
const CHANNEL = '00000000-0000-4000-8000-00000000000d'
/** Not the one of other tests: a change of its role or access ends its sessions. */
const VIEWER = '00000000-0000-4000-8000-00000000000e'
const SENDER = 'orders@contoso.example'

const ADD_SENDER = `INSERT INTO "Sender" ("mailServerId", address, way, "addedBy", "addedAt")
  VALUES ('${FIRST}', '${SENDER}', 'send-as', 'x', now())`

const ROWS = `
  INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
    SELECT '${BRANCH}', 'Branch office', false, 1, "settings", now() FROM "MailServer";
  ${ADD_SENDER};
  INSERT INTO "Client" (id, way, kind, name, senders, networks, "createdBy", "createdAt")
    VALUES ('${CLIENT}', 'network', 'printer', 'Labels', '{*@contoso.example}', '{192.0.2.1/32}', 'SYSTEM', now());
  INSERT INTO "BasicAuthSender" (address, setting, "seenFrom", "seenUntil", messages, "lastUseDay")
    VALUES ('${SENDER}', 'enabled', now() - interval '9 days', now(), 5, now());
  INSERT INTO "NotificationChannel" ("id", "kind", "name", "address", "createdBy", "createdAt", "updatedAt")
    VALUES ('${CHANNEL}', 'mail', 'IT support', 'it@contoso.example', 'x', now(), now());
  INSERT INTO "Operator" (id, name, email, role, "updatedAt") VALUES ('${VIEWER}', '', 'ben@contoso.example', 'viewer', now())`

interface Change {
  path: string | ((tree: Tree) => Promise<string>)
  /** The link there that leads to the form. */
  link?: string
  button: string | RegExp
  typed: Record<string, string>
  /** What another person does in between. */
  undo: string
  stored: string
  says: RegExp
  /** The field that has what was typed. */
  keeps?: string
}

/** The worker’s daily check at Entra is done, which would otherwise change the page at any moment. */
const CHECKED = `UPDATE "Credential" SET "acceptedAt" = now() RETURNING id`

const ofCredential =
  (path: (id: string) => string) =>
  async (tree: Tree): Promise<string> =>
    path((await tree.query<{ id: string }>(CHECKED))[0]?.id ?? '')

const PAUSE = `UPDATE "MailServer" SET "pausedAt" = now(), "pausedBy" = 'x' WHERE id = '${BRANCH}'`

const OPERATOR = `"Operator" WHERE id = '${VIEWER}'`

const CHANGES: Record<string, Change> = {
  'the name of a mail server': {
    path: `/mail-server/${BRANCH}`,
    button: 'Change name',
    typed: { serverName: 'Warehouse' },
    undo: `UPDATE "MailServer" SET name = 'Branch office' WHERE id = '${BRANCH}'`,
    stored: `SELECT name FROM "MailServer" WHERE id = '${BRANCH}'`,
    says: /it was changed to “Branch office” in the meantime/,
    keeps: 'serverName',
  },
  'a failover server': {
    path: `/mail-server/${FIRST}`,
    button: 'Save failover server',
    typed: { backup: BRANCH },
    undo: `UPDATE "MailServer" SET "failoverId" = NULL`,
    stored: `SELECT "failoverId" FROM "MailServer" WHERE id = '${FIRST}'`,
    says: /the failover server was changed in the meantime/,
  },
  'the default server': {
    path: `/mail-server/${BRANCH}`,
    button: 'Make it the default',
    typed: {},
    undo: `UPDATE "MailServer" SET "isDefault" = false; UPDATE "MailServer" SET "isDefault" = true WHERE id = '${FIRST}'`,
    stored: `SELECT id FROM "MailServer" WHERE "isDefault"`,
    says: /another default server was chosen in the meantime/,
  },
  'a role': {
    path: `/system/operators/${VIEWER}`,
    button: 'Change role',
    typed: { role: 'operator' },
    undo: `UPDATE "Operator" SET role = 'viewer' WHERE id = '${VIEWER}'`,
    stored: `SELECT role FROM ${OPERATOR}`,
    says: /the role of this account was changed since you opened the page/,
  },
  'the access of an account': {
    path: `/system/operators/${VIEWER}`,
    button: 'Disable account',
    typed: {},
    undo: `UPDATE "Operator" SET "disabledAt" = NULL`,
    stored: `SELECT "disabledAt" FROM ${OPERATOR}`,
    says: /access to this account was changed since you opened the page/,
  },
  'the way in which a sender signs in': {
    path: `/senders/${SENDER}?server=${FIRST}`,
    button: 'Change sign-in',
    typed: { way: 'login' },
    undo: `UPDATE "Sender" SET way = 'send-as'`,
    stored: `SELECT way FROM "Sender"`,
    says: /the sign-in was changed in the meantime/,
  },
  'senders that are added': {
    path: `/senders/add?server=${FIRST}`,
    button: 'Add senders',
    typed: { addresses: 'new@contoso.example' },
    undo: `DELETE FROM "Sender" WHERE address = 'new@contoso.example'`,
    stored: `SELECT address FROM "Sender" ORDER BY address`,
    says: /One sender has been added/,
  },
  'a sender that is removed': {
    path: `/senders/${SENDER}?server=${FIRST}`,
    button: 'Remove this sender',
    typed: {},
    undo: ADD_SENDER,
    stored: `SELECT address FROM "Sender"`,
    says: /this sender was added again after you had removed it/,
  },
  'the texts of a credential': {
    path: ofCredential((id) => `/credentials/${id}?edit=1`),
    button: 'Save changes',
    typed: { note: 'Made by Anna', owners: 'anna@contoso.example' },
    undo: `UPDATE "Credential" SET note = '', owners = '{}'`,
    stored: `SELECT note, owners FROM "Credential" LIMIT 1`,
    says: /YoursMade by AnnaSavedempty/,
    keeps: 'note',
  },
  'the owners of a credential': {
    path: ofCredential((id) => `/credentials/${id}?edit=1`),
    button: 'Save changes',
    typed: { owners: 'anna@contoso.example' },
    undo: `UPDATE "Credential" SET owners = '{}'`,
    stored: `SELECT owners FROM "Credential" LIMIT 1`,
    says: /Yoursanna@contoso.exampleSavedempty/,
    keeps: 'owners',
  },
  'the owners of several credentials': {
    path: ofCredential((id) => `/credentials/chosen?to=owner&credential=${id}`),
    button: 'Save owners',
    typed: { owners: 'anna@contoso.example' },
    undo: `UPDATE "Credential" SET owners = '{ben@contoso.example}'`,
    stored: `SELECT owners FROM "Credential" LIMIT 1`,
    says: /Yoursanna@contoso.exampleSavedben@contoso.example/,
    keeps: 'owners',
  },
  'the client of a sender': {
    path: '/clients/basic-authentication',
    link: `Link a client ${SENDER}`,
    button: /^Save/,
    typed: { client: 'Labels' },
    undo: `UPDATE "BasicAuthSender" SET "clientId" = NULL`,
    stored: `SELECT "clientId" FROM "BasicAuthSender"`,
    says: /another client was saved for this sender/,
    keeps: 'client',
  },
  'the access of a client': {
    path: `/clients/${CLIENT}`,
    button: 'Disable client',
    typed: {},
    undo: `UPDATE "Client" SET "disabledAt" = NULL`,
    stored: `SELECT "disabledAt" FROM "Client"`,
    says: /this client was enabled or disabled in the meantime/,
  },
  'a channel that is on': {
    path: '/credentials/reminders',
    link: 'Change IT support',
    button: /^Switch off/,
    typed: {},
    undo: `UPDATE "NotificationChannel" SET enabled = true`,
    stored: `SELECT enabled FROM "NotificationChannel"`,
    says: /This channel was removed or changed in the meantime/,
  },
  'delivery that is paused': {
    path: '/messages',
    button: 'Pause Branch office',
    typed: {},
    undo: `UPDATE "MailServer" SET "pausedAt" = NULL, "pausedBy" = NULL`,
    stored: `SELECT "pausedAt" FROM "MailServer" WHERE id = '${BRANCH}'`,
    says: /delivery had been paused or resumed in the meantime/,
  },
  'delivery that is resumed': {
    path: async (tree) => {
      await tree.query(PAUSE)
      return '/overview'
    },
    button: /^Resume delivery: Delivery through Branch office/,
    typed: {},
    undo: PAUSE,
    stored: `SELECT "pausedAt" FROM "MailServer" WHERE id = '${BRANCH}'`,
    says: /delivery had been paused or resumed in the meantime/,
  },
  'a message that is held': {
    path: async (tree) =>
      `/messages/${await storeMessage(tree, { subject: 'Invoice', state: 'queued', dueInMinutes: 60 })}`,
    button: 'Hold',
    typed: {},
    undo: `UPDATE "Message" SET state = 'queued', "dueAt" = now() + interval '1 hour'`,
    stored: `SELECT state FROM "Message"`,
    says: /One message is held/,
  },
  'failures that are dismissed': {
    path: async (tree) => {
      await storeMessage(tree, { subject: 'Invoice', state: 'failed', code: 'recipient-not-found' })
      return '/messages?view=failed'
    },
    button: 'Dismiss',
    typed: { all: '1' },
    undo: `UPDATE "Message" SET state = 'failed'`,
    stored: `SELECT state FROM "Message"`,
    says: /One failure was dismissed/,
  },
}

/** As if the process had ended after the commit and before it stored its answer, a while ago. */
const ENDED_BEFORE_ITS_ANSWER = `
  UPDATE "FormToken" SET answer = jsonb_build_object('isBrokenOff', true, 'runsAs',
    (SELECT "requestId" FROM "AuditEvent" WHERE result = 'done' AND "actorKind" <> 'system' ORDER BY sequence DESC LIMIT 1))`

/** Accounts stay from test to test. */
test.afterEach(({ tree }) =>
  tree.query(`DELETE FROM "Operator" WHERE email IN ('ben@contoso.example', 'new@contoso.example')`),
)

/** What the page shows, without the beginning of the last day, which moves on every minute. */
const lasting = ({ text }: FormClient): string => text.replaceAll(/Since yesterday, \d\d:\d\d/g, '')

for (const [what, { path, link, button, typed, undo, stored, says, keeps }] of Object.entries(CHANGES))
  test(`a change of ${what} that is sent again is done once, and takes back no later change of another person`, async ({
    sessionOf,
    tree,
  }) => {
    const session = await sessionOf('admin')
    await saveExchange(tree, session)
    await tree.query(ROWS)
    const first = new FormClient(tree.baseUrl, session)
    await first.open(typeof path === 'string' ? path : await path(tree))
    if (link) await first.follow(link)
    const [again, late] = [first.copy(), first.copy()]
    await first.press(button, typed)
    const changed = await tree.query(stored)
    await again.press(button, typed)
    expect(lasting(again)).toBe(lasting(first))
    expect(await tree.query(stored)).toEqual(changed)
    await tree.query(ENDED_BEFORE_ITS_ANSWER)
    await tree.query(undo)
    const undone = await tree.query(stored)
    expect(undone).not.toEqual(changed)
    await late.press(button, typed)
    expect(late.text).toMatch(says)
    expect(await tree.query(stored)).toEqual(undone)
    if (keeps) expect(late.valuesOf(keeps)).toContain(typed[keeps])
  })

test('each form of a page has another one-time token, also without scripts', async ({ sessionOf, tree }) => {
  const session = await sessionOf('admin')
  await saveExchange(tree, session)
  await tree.query(ROWS)
  const client = new FormClient(tree.baseUrl, session)
  for (const path of [
    `/mail-server/${FIRST}`,
    `/system/operators/${VIEWER}`,
    `/clients/basic-authentication?link=${SENDER}`,
    `/credentials/reminders?change=${CHANNEL}`,
  ]) {
    await client.open(path)
    const tokens = [...client.html.matchAll(/<input type="hidden" name="formToken" value="([^"]*)"/g)].map(
      ([, token]) => token,
    )
    expect(tokens.length, path).toBeGreaterThan(1)
    expect(new Set(tokens).size, path).toBe(tokens.length)
    for (const token of tokens) expect(token).toMatch(/^[\w-]{30,60}$/)
  }
})

test('a reset of a password whose form was used up says what to do', async ({ sessionOf, tree }) => {
  const session = await sessionOf('admin')
  await tree.query(`INSERT INTO "Client" (id, way, kind, name, senders, login, "secretHash", "createdBy", "createdAt")
    VALUES ('${CLIENT}', 'login', 'printer', 'Labels', '{*@contoso.example}', 'labels', 'x', 'SYSTEM', now())`)
  const client = new FormClient(tree.baseUrl, session)
  await client.open(`/clients/${CLIENT}`)
  client.html = client.html.replace(/(name="formToken" value=")[^"]*/g, '$1')
  await client.press('Generate a new one')
  expect(client.text).toContain(
    'Nothing was changed: the form that the browser sent could not be read. Reload the page',
  )
})

test('a password that was generated since the page was opened stays', async ({ sessionOf, tree }) => {
  const session = await sessionOf('admin')
  await tree.query(`INSERT INTO "Client" (id, way, kind, name, senders, login, "secretHash", "createdBy", "createdAt")
    VALUES ('${CLIENT}', 'login', 'printer', 'Labels', '{*@contoso.example}', 'labels', 'x', 'SYSTEM', now())`)
  const [first, second] = [new FormClient(tree.baseUrl, session), new FormClient(tree.baseUrl, session)]
  for (const client of [first, second]) await client.open(`/clients/${CLIENT}`)
  await first.press('Generate a new one')
  expect(first.path).toBe('/account/notice')
  await second.press('Generate a new one')
  expect(second.text).toContain('Nothing was changed: a new password or key was generated after you opened the page')
})

test('a set-up link whose answer is lost leads to the sign-in, and a password that is sent again signs in', async ({
  context,
  sessionOf,
  tree,
}) => {
  await context.addCookies(await sessionOf('admin'))
  const link = new URL(await addOperator('new@contoso.example', 'viewer', tree, context.request))
  const [password, email] = ['eleven amber tickets in the drawer', 'new@contoso.example']
  const first = new FormClient(tree.baseUrl, [])
  await first.open(link.pathname + link.search)
  const again = first.copy()
  await first.press('Set password', { password })
  await again.press('Set password', { password })
  expect(again.text).toContain('If you have set your password with it, sign in.')
  await again.open('/sign-in')
  const lost = again.copy()
  for (const client of [again, lost]) {
    await client.press('Sign in', { email, password })
    expect(client.rail).toContain(email)
  }
})

test('the backup codes whose page did not arrive are shown after the sign-in', async ({ context, sessionOf, tree }) => {
  await context.addCookies(await sessionOf('admin'))
  const link = new URL(await addOperator('new@contoso.example', 'viewer', tree, context.request))
  const [password, email] = ['eleven amber tickets in the drawer', 'new@contoso.example']
  const first = new FormClient(tree.baseUrl, [])
  await first.open(link.pathname + link.search)
  await first.press('Set password', { password })
  await first.press('Sign in', { email, password })
  await first.open('/enrol')
  await first.press('Begin')
  const seed = (/[A-Z2-7]{4}(?: [A-Z2-7]{4}){5,}/.exec(first.text)?.[0] ?? '').replaceAll(' ', '')
  const again = first.copy()
  await first.press('Switch on', { code: totp(seed) })
  expect(first.heading).toBe('Your backup codes')
  await again.press('Switch on', { code: totp(seed) })
  await again.press('Sign in', { email, password })
  // A code is accepted once.
  await again.press('Continue', { code: totp(seed, Date.now() + 30_000) })
  expect(again.text).toBe(first.text)
})
