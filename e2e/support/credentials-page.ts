import { expect, type Locator, type Page } from '@playwright/test'
import { dayAhead } from './day'

/** *Credentials* and the page of one credential, by the texts that people read. */
export class CredentialsPage {
  constructor(private readonly page: Page) {}

  main = (): Locator => this.page.getByRole('main')
  table = (): Locator => this.page.getByRole('table', { name: 'Credentials', exact: true })
  said = (): Locator => this.main().getByRole('status')
  alert = (): Locator => this.main().getByRole('alert')

  async open(): Promise<void> {
    await this.page.goto('/credentials')
    await expect(this.page.getByRole('heading', { name: 'Credentials', level: 1 })).toBeVisible()
  }

  /** The page of the credential that a mail server uses, by its link on *Credentials*. */
  async openOne(): Promise<void> {
    await this.open()
    await this.main().getByRole('link', { name: 'Exchange Online', exact: true }).click()
    await expect(this.page.getByRole('heading', { name: 'Exchange Online', level: 1 })).toBeVisible()
    await expect(this.page).toHaveTitle(/of Exchange Online \(.+\) · Postroom$/)
  }

  /** Opens the choice of ways, if nothing is due and it is folded. */
  async chooseWay(way: 'Let Postroom do it' | 'Enter a client secret' | 'Switch to a certificate'): Promise<void> {
    const open = this.page.getByRole('link', { name: /^Replace it (now|again)$/ })
    const card = this.page.getByText(way)
    if ((await open.count()) > 0) await open.click()
    await card.click()
  }

  async addSecret(secret: string): Promise<void> {
    await this.chooseWay('Enter a client secret')
    await this.page.getByLabel('New client secret').fill(secret)
    await this.page.getByLabel('Valid until (optional)').fill(dayAhead(360))
    await this.page.getByRole('button', { name: 'Add as next' }).filter({ visible: true }).click()
  }

  test = (): Promise<void> => this.page.getByRole('button', { name: /^Test (it|again)$/ }).click()
}
