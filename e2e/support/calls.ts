import { randomUUID } from 'node:crypto'
import { type APIRequestContext, expect } from '@playwright/test'
import { actionNamed } from './build'
import type { Cookies } from './fixtures'
import { type Answer, actionBody, ask, cookieHeader } from './http'
import type { SimulatorFacts } from './simulator'
import type { Tree } from './tree'

/*
 * What the scripts of the pages send, without a page. Most tests are not about signing in or filling in a form, and a window that is
 * opened to do it costs more than what they are about.
 */

/** Id of the mail server that every deployment begins with. */
const FIRST_SERVER_ID = '00000000-0000-4000-8000-000000000001'
export const RECIPIENT = 'someone@fabrikam.example'

export type Fields = Record<string, string>

/** The form of Exchange Online as it is saved without an objection. */
export const exchangeFields = ({ cloud, sender, tenantId, clientId, clientSecret }: SimulatorFacts): Fields => ({
  type: 'exchange-online-oauth2',
  cloud: String(cloud.id),
  senderAddress: sender,
  senderName: '',
  tenantId,
  clientId,
  clientSecretChange: 'replace',
  clientSecret,
  secretExpiresAt: '',
  testTo: RECIPIENT,
})

/** The same of an SMTP server. */
export const smtpFields = ({ smtpServer, sender }: SimulatorFacts): Fields => ({
  type: 'smtp',
  senderAddress: sender,
  senderName: '',
  host: smtpServer.host,
  port: String(smtpServer.starttlsPort),
  security: 'starttls',
  login: 'password',
  username: smtpServer.username,
  passwordChange: 'replace',
  password: smtpServer.password,
  testTo: RECIPIENT,
})

/** A form of the first mail server's page at this version of its settings. */
export const mailServerForm = (fields: Fields, version = 0): Fields => ({
  server: FIRST_SERVER_ID,
  version: String(version),
  formToken: randomUUID().replaceAll('-', ''),
  ...fields,
})

/** Posts a form of the mail server's page. The answer holds the state that the page would show. */
export function callMailServer(
  { baseUrl }: Tree,
  cookies: Cookies,
  button: 'save' | 'test',
  fields: Fields,
): Promise<Answer> {
  const action = button === 'save' ? 'mail-server/actions.ts#saveAction' : 'mail-server/_form/test-action.ts#testAction'
  const { headers, ...body } = actionBody(actionNamed(action).id, fields, true)
  const own = { ...cookieHeader(cookies), origin: baseUrl, 'sec-fetch-site': 'same-origin' }
  return ask(baseUrl, '/mail-server', { ...body, headers: { ...headers, ...own } })
}

/** A deployment with Exchange Online saved and not yet tested, as an administrator with these cookies leaves it. */
export async function saveExchange(tree: Tree, cookies: Cookies, changed: Fields = {}): Promise<void> {
  const form = mailServerForm({ ...exchangeFields(tree.simulator.facts), ...changed })
  expect((await callMailServer(tree, cookies, 'save', form)).body).toContain('"kind":"saved"')
}

/** Starts a test of the mail server as the page's script does; the answer reports its stages as they pass. */
export function startTest({ baseUrl }: Tree, cookies: Cookies, form: Fields): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries(form)) body.set(name, value)
  const headers = { ...cookieHeader(cookies), origin: baseUrl, 'sec-fetch-site': 'same-origin' }
  return fetch(`${baseUrl}/mail-server/test`, { method: 'POST', body, headers })
}

/** Posts a form with the cookies of a browser, which keeps those of the answer. The answer's text. */
export async function callWithin(request: APIRequestContext, origin: string, action: string, fields: Fields) {
  const { id, page } = actionNamed(action)
  const { headers = {}, body } = actionBody(id, fields, true)
  const answer = await request.post(page, { headers: { ...headers, origin }, data: body, maxRedirects: 0 })
  return { text: await answer.text(), redirect: answer.headers()['x-action-redirect'] ?? '' }
}
