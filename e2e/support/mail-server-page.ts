import { expect, type Locator, type Page } from '@playwright/test'
import { callWithin, exchangeFields, mailServerForm, RECIPIENT } from './calls'
import type { SimulatorFacts } from './simulator'

export const EXCHANGE = 'Microsoft Exchange Online with OAuth2 authentication'
export const SMTP = 'SMTP server'

export { RECIPIENT }

interface ExchangeValues {
  senderAddress: string
  tenantId: string
  clientId: string
  clientSecret: string
  testTo: string
}

interface SmtpValues {
  senderAddress: string
  host: string
  port: string
  security: 'starttls' | 'tls' | 'none'
  username: string | null
  password: string
  testTo: string
}

/** *System settings → Mail server*, by the labels that people read. */
export class MailServerPage {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('/mail-server')
    await expect(this.field('SMTP server type')).toBeVisible()
  }

  field = (label: string): Locator => this.page.getByLabel(label, { exact: true })

  async fillExchange(facts: SimulatorFacts, changed: Partial<ExchangeValues> = {}): Promise<void> {
    await this.field('SMTP server type').selectOption(EXCHANGE)
    await this.field('Microsoft cloud').selectOption(facts.cloud.name)
    await this.field('Sender email address').fill(changed.senderAddress ?? facts.sender)
    await this.field('Directory (tenant) ID').fill(changed.tenantId ?? facts.tenantId)
    await this.field('Application (client) ID').fill(changed.clientId ?? facts.clientId)
    await this.typeSecret()
    await this.field('Client Secret').fill(changed.clientSecret ?? facts.clientSecret)
    await this.field('Test with email address').fill(changed.testTo ?? RECIPIENT)
  }

  async fillSmtp({ smtpServer, sender }: SimulatorFacts, changed: Partial<SmtpValues> = {}): Promise<void> {
    await this.field('SMTP server type').selectOption(SMTP)
    await this.field('Sender email address').fill(changed.senderAddress ?? sender)
    await this.field('Host').fill(changed.host ?? smtpServer.host)
    await this.field('Port').fill(changed.port ?? String(smtpServer.starttlsPort))
    await this.field('Encryption').selectOption(changed.security ?? 'starttls')
    await this.field('Test with email address').fill(changed.testTo ?? RECIPIENT)
    const username = changed.username === undefined ? smtpServer.username : changed.username
    if (username === null) return this.field('None').check()
    await this.field('User name and password').check()
    await this.field('User name').fill(username)
    await this.typeSecret()
    await this.field('Password').fill(changed.password ?? smtpServer.password)
  }

  /** Where one is stored, replacing it is said aloud. */
  private async typeSecret(): Promise<void> {
    const replace = this.field('Enter a new one').filter({ visible: true })
    if ((await replace.count()) > 0) await replace.check()
  }

  async save(): Promise<void> {
    await this.page.getByRole('button', { name: 'Save changes' }).click()
  }

  async saved(revision: number): Promise<void> {
    await expect(this.page.getByText(`Saved as revision ${revision}.`)).toBeVisible()
  }

  /** Saves Exchange Online for the first time by filling in the form, and stays on the page. */
  async setUpExchangeByHand(facts: SimulatorFacts): Promise<void> {
    await this.open()
    await this.fillExchange(facts)
    await this.save()
    await this.saved(1)
  }

  /**
   * A deployment with Exchange Online saved and not yet tested. It calls the save action as the page's script does, since most
   * tests are not about filling in the form. The browser stays where it is.
   */
  async setUpExchange(facts: SimulatorFacts): Promise<void> {
    const { request } = this.page
    const { origin } = new URL((await request.get('/health/live')).url())
    const form = mailServerForm(exchangeFields(facts))
    const { text } = await callWithin(request, origin, 'mail-server/actions.ts#saveAction', form)
    expect(text, 'the settings are saved').toContain('"kind":"saved"')
  }

  async test(): Promise<void> {
    await this.page.getByRole('button', { name: 'Send test message' }).click()
  }

  stages = (): Locator => this.page.getByRole('list', { name: 'Steps of the test' }).getByRole('listitem')

  async accepted(): Promise<void> {
    await expect(this.page.getByLabel('Accepted by the server')).toBeVisible({
      timeout: 30_000,
    })
  }

  /** What the page says first. */
  answer = (text: string | RegExp): Locator => this.page.locator('[data-answer]').filter({ hasText: text })

  /** The report of the failure with this title. */
  remedy = (title: string): Locator => this.page.getByRole('article', { name: title })

  /** Opens a part of the page of the only mail server. */
  async openTab(name: 'Tests' | 'Revisions'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Parts of this mail server' }).getByRole('link', { name }).click()
    await expect(this.page.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'page')
  }

  /** Opens a dialog from the menu of the mail server. */
  async manage(item: string): Promise<Locator> {
    await this.page.getByRole('button', { name: 'More actions' }).click()
    await this.page.getByRole('group', { name: 'More actions' }).getByText(item, { exact: true }).click()
    return this.page.getByRole('dialog')
  }

  /** Adds another mail server by its name, and stays on its page. */
  async addServer(name: string): Promise<void> {
    await this.page.goto('/mail-server/add')
    await this.page.getByLabel('Name', { exact: true }).fill(name)
    await this.page.getByRole('button', { name: 'Add mail server' }).click()
    await expect(this.page.getByRole('heading', { name, level: 1 })).toBeVisible()
  }
}
