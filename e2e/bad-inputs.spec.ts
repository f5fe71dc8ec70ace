import entries from '../tests/data/bad-inputs.json' with { type: 'json' }
import { actionNamed } from './support/build'
import { callMailServer, exchangeFields, type Fields, mailServerForm, smtpFields } from './support/calls'
import { type Cookies, expect, test } from './support/fixtures'
import { actionBody, ask, cookieHeader, formBody, textOf } from './support/http'
import { addOperator, PASSWORDS } from './support/people'
import type { SimulatorFacts } from './support/simulator'
import type { Tree } from './support/tree'

/*
 * Every entry of bad-inputs.json whose field has a form, sent to the running console in both ways: as the plain form that a
 * page without scripts posts, and as the call of the action that a script makes. A refused entry marks its field and stores
 * nothing; an accepted one is stored as the entry says.
 */

interface Entry {
  field: string
  value: unknown
  expect: 'accept' | 'reject' | 'normalise'
  normalised?: unknown
  gen?: { unit: string; times: number; prefix?: string; suffix?: string }
  dns?: string[]
}

const inputOf = ({ value, gen }: Entry): unknown =>
  gen ? (gen.prefix ?? '') + gen.unit.repeat(gen.times) + (gen.suffix ?? '') : value
const about = (entry: Entry): string => `${entry.field} ${JSON.stringify(inputOf(entry)).slice(0, 60)}`
const of = (field: string): Entry[] => (entries as Entry[]).filter((entry) => entry.field === field)
/** A form carries texts; a number is typed as its digits. Whole objects come as a script's argument only. */
const isTypeable = (input: unknown): input is string | number => typeof input === 'string' || typeof input === 'number'

/** Where an entry is typed, and where it must be found once saved. */
const SETTINGS: Record<string, { name: string; type: 'exchange' | 'smtp'; stored: string }> = {
  tenant_id: { name: 'tenantId', type: 'exchange', stored: `settings->>'tenantId'` },
  client_id: { name: 'clientId', type: 'exchange', stored: `settings->>'clientId'` },
  client_secret: { name: 'clientSecret', type: 'exchange', stored: 'NULL' },
  secret_expires_at: { name: 'secretExpiresAt', type: 'exchange', stored: 'c."expiresAt"' },
  sender_email: { name: 'senderAddress', type: 'exchange', stored: `settings->>'senderAddress'` },
  display_name: { name: 'senderName', type: 'smtp', stored: `settings->>'senderName'` },
  smtp_host: { name: 'host', type: 'smtp', stored: `settings->>'host'` },
  smtp_port: { name: 'port', type: 'smtp', stored: `(settings->>'port')::int` },
  smtp_username: { name: 'username', type: 'smtp', stored: `settings->>'username'` },
}

/** A form that would be saved without changes. */
const sound = (type: 'exchange' | 'smtp', facts: SimulatorFacts): Fields =>
  type === 'smtp' ? smtpFields(facts) : exchangeFields(facts)

/** The answer of the console: the fields that it marked, and whether it carried the action out. */
interface Said {
  status: number
  marked: string[]
  done: boolean
}

type Way = (button: 'save' | 'send-test', fields: Fields) => Promise<Said>

const attribute = (tag: string, name: string): string => textOf(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

/** The form of the page as a browser without scripts posts it; the answer is read as a page, and its form is the next one. */
const asForm = (tree: Tree, cookies: Cookies): Way => {
  const headers = { ...cookieHeader(cookies), origin: tree.baseUrl, 'sec-fetch-site': 'same-origin' }
  const formOf = (page: string) => page.match(/<form\b.*?<\/form>/gs)?.find((text) => text.includes('id="send-test"'))
  let last = ''
  return async (button, fields) => {
    const form = formOf(last) ?? formOf((await ask(tree.baseUrl, '/mail-server', { headers })).body) ?? ''
    const pressed = form.match(/<button\b[^>]*>/g)?.find((tag) => attribute(tag, 'id') === 'send-test') ?? ''
    const hidden = form.match(/<input\b[^>]*type="hidden"[^>]*>/g) ?? []
    const named = [...hidden, ...(button === 'send-test' ? [pressed] : [])]
    const carried = named.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')] as const)
    const post = formBody(Object.entries({ ...Object.fromEntries(carried), ...fields }))
    const answer = await ask(tree.baseUrl, '/mail-server', { ...post, headers: { ...post.headers, ...headers } })
    last = answer.body
    const [main = ''] = /<main\b.*?<\/main>/s.exec(answer.body) ?? []
    const marked = (main.match(/<(?:input|select|textarea)\b[^>]*>/g) ?? []).filter((tag) =>
      /\saria-invalid="true"|\saria-describedby="[^"]*-info/.test(tag),
    )
    return {
      status: answer.status,
      marked: marked.map((tag) => attribute(tag, 'name')),
      done: /Saved as revision|Accepted by the server/.test(textOf(main)) || main.includes('<article'),
    }
  }
}

/** The action called as a script calls it; the answer is the returned state. */
const asCall =
  (tree: Tree, cookies: Cookies): Way =>
  async (button, fields) => {
    const [{ version } = { version: 0 }] = await tree.query<{ version: number }>('SELECT version FROM "MailServer"')
    const form = mailServerForm(fields, version)
    const { status, body } = await callMailServer(tree, cookies, button === 'save' ? 'save' : 'test', form)
    const [, errors = '{}'] = /"kind":"invalid".*?"errors":(\{.*?\})[,}]/s.exec(body) ?? []
    const [, hints = '{}'] = /"tidied":\{.*?"hints":(\{.*?\})\}/s.exec(body) ?? []
    return {
      status,
      marked: Object.keys({ ...JSON.parse(errors), ...JSON.parse(hints) } as object),
      done: /"kind":"(saved|tested)"/.test(body),
    }
  }

const WAYS = { 'as a form': asForm, 'as a call': asCall }

/** Both ways meet the same parser, so each run sends every other input in each way, and a soak sends all of them in both. */
const isSent = (way: number, at: number): boolean => Boolean(process.env.SOAK) || at % 2 === way

test.describe.configure({ timeout: 180_000 })

for (const [nth, [way, by]] of Object.entries(WAYS).entries()) {
  test(`W-03 every setting of the list, ${way}: refused ones mark their field and store nothing, others are stored as listed`, async ({
    simulator,
    tree,
    sessionOf,
  }) => {
    const send = by(tree, await sessionOf('admin'))
    const stands = () =>
      tree.query(`SELECT version, settings, c.sealed FROM "MailServer" m
      LEFT JOIN "Credential" c ON c.id = m."credentialId"`)
    let at = 0
    for (const [field, { name, type, stored }] of Object.entries(SETTINGS)) {
      for (const entry of of(field)) {
        const input = inputOf(entry)
        if (!isTypeable(input) || entry.dns || !isSent(nth, at++)) continue
        const before = await stands()
        const said = await send('save', { ...sound(type, simulator.facts), [name]: String(input) })
        if (entry.expect === 'reject' && !(field === 'client_secret' && typeof input === 'number')) {
          expect(said.done, about(entry)).toBe(false)
          if (said.status !== 413) expect(said.marked, about(entry)).toContain(name)
          expect(await stands(), about(entry)).toEqual(before)
          continue
        }
        expect(said, about(entry)).toEqual({ status: 200, marked: [], done: true })
        const [row] = await tree.query<{ got: unknown }>(`SELECT ${stored} AS got FROM "MailServer" m
          LEFT JOIN "Credential" c ON c.id = m."credentialId"`)
        if (stored === 'NULL') continue
        const wanted = entry.expect === 'normalise' ? entry.normalised : input
        const got = row?.got instanceof Date ? row.got.getTime() : row?.got
        expect(got, about(entry)).toEqual(row?.got instanceof Date ? Date.parse(String(wanted)) : wanted)
      }
    }
    expect(at).toBeGreaterThan(80)
    await expect.poll(() => tree.requestsBeyondProbes()).toBe(0)
  })

  test(`W-03 every recipient of the list, ${way}: a test to a refused one is not started, to others it is sent`, async ({
    simulator,
    tree,
    sessionOf,
  }) => {
    const send = by(tree, await sessionOf('admin'))
    for (const [at, entry] of of('recipient_email').entries()) {
      const input = inputOf(entry)
      if (!isTypeable(input) || !isSent(nth, at)) continue
      await tree.query('DELETE FROM "RateLimit"; DELETE FROM "TestRun"')
      const said = await send('send-test', { ...sound('exchange', simulator.facts), testTo: String(input) })
      const runs = await tree.query<{ recipient: string }>('SELECT recipient FROM "TestRun"')
      if (entry.expect === 'reject') {
        expect(said, about(entry)).toMatchObject({ done: false })
        if (said.status !== 413) expect(said.marked, about(entry)).toContain('testTo')
        expect(runs, about(entry)).toEqual([])
      } else {
        expect(said, about(entry)).toEqual({ status: 200, marked: [], done: true })
        expect(runs, about(entry)).toEqual([{ recipient: entry.normalised ?? input }])
      }
    }
  })
}

test('W-03 an argument that is no text is refused completely when a script sends it', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const headers = { ...cookieHeader(await sessionOf('admin')), origin: tree.baseUrl, 'sec-fetch-site': 'same-origin' }
  const id = actionNamed('mail-server/actions.ts#saveAction').id
  const shapes = Object.entries(SETTINGS).flatMap(([field, at]) =>
    of(field)
      .filter((entry) => !isTypeable(inputOf(entry)))
      .map((entry) => ({ entry, ...at })),
  )
  expect(shapes.length).toBeGreaterThan(4)
  for (const { entry, name, type } of shapes) {
    const body = JSON.stringify([
      '$undefined',
      { ...sound(type, simulator.facts), [name]: inputOf(entry), version: '0' },
    ])
    const type_ = 'text/plain;charset=UTF-8'
    for (const post of [{ body, headers: { 'content-type': type_ } }, actionBody(id, { '0': body }, false)]) {
      const answer = await ask(tree.baseUrl, '/mail-server', {
        method: 'POST',
        body: post.body,
        headers: { ...post.headers, ...headers, 'next-action': id },
      })
      expect(answer.body, about(entry)).not.toContain('"kind":"saved"')
    }
  }
  expect(await tree.query('SELECT 1 FROM "MailServer"')).toEqual([])
})

test('W-03 W-11 every address of the list to return to after sign-in leads to a path of the console or the first page', async ({
  tree,
  sessionOf,
}) => {
  await sessionOf('viewer')
  const { id, page } = actionNamed('#passwordAction')
  for (const entry of of('callback_url')) {
    for (const header of [false, true]) {
      const fields = { email: 'viewer@contoso.example', password: PASSWORDS.viewer, next: String(inputOf(entry)) }
      const body = actionBody(id, fields, header)
      const headers = { ...body.headers, origin: tree.baseUrl, 'sec-fetch-site': 'same-origin' }
      const answer = await ask(tree.baseUrl, page, { ...body, headers })
      const to = String(answer.headers[header ? 'x-action-redirect' : 'location'] ?? 'nowhere').split(';')[0] ?? ''
      const path = new URL(to, tree.baseUrl).href.replace(tree.baseUrl, '')
      expect(path, about(entry)).toBe(entry.expect === 'accept' ? entry.value : '/')
    }
  }
})

test('W-03 A-02 every password of the list, through the set-up link: refused ones leave it open, others use it up', async ({
  tree,
  context,
  signIn,
}) => {
  await signIn('admin')
  const { id, page } = actionNamed('#setUpAction')
  for (const header of [false, true]) {
    const email = `newcomer-${header}@contoso.example`
    const [, token = ''] = /token=([\w-]+)/.exec(await addOperator(email, 'viewer', tree, context.request)) ?? []
    const links = () => tree.query<{ link: string }>(`SELECT to_jsonb(t)::text AS link FROM "SetupToken" t`)
    const [{ link } = { link: '' }] = await links()
    for (const [at, entry] of of('user_password').entries()) {
      if (!isSent(Number(header), at)) continue
      await tree.query('DELETE FROM "RateLimit"')
      const body = actionBody(id, { token, password: String(inputOf(entry)) }, header)
      const headers = { ...body.headers, origin: tree.baseUrl, 'sec-fetch-site': 'same-origin' }
      const answer = await ask(tree.baseUrl, page, { ...body, headers })
      const to = String(answer.headers[header ? 'x-action-redirect' : 'location'] ?? '')
      const isAccepted = entry.expect !== 'reject'
      expect(to.replace(tree.baseUrl, '').startsWith('/sign-in?done=set-up'), about(entry)).toBe(isAccepted)
      expect(await links(), about(entry)).toEqual(isAccepted ? [] : [{ link }])
      // The same link once more: making another by the command would cost more than all the rest.
      if (isAccepted)
        await tree.query(`INSERT INTO "SetupToken" SELECT * FROM jsonb_populate_record(NULL::"SetupToken", '${link}')`)
      else if (header) expect(answer.body, about(entry)).toContain('"errors":{"password":')
    }
    await tree.query(`DELETE FROM "Operator" WHERE email = '${email}'`)
  }
})
