import { expect, type Locator, type Page } from '@playwright/test'

const TEXTS = {
  en: { table: 'Messages, newest first, times in UTC', choose: 'Choose', search: 'Subject, address or Message-ID' },
  de: {
    table: 'Nachrichten, neueste zuerst, Zeiten in UTC',
    choose: 'Auswählen',
    search: 'Betreff, Adresse oder Message-ID',
  },
} as const

/** The list of messages, and one message. */
export class MessagesPage {
  constructor(
    readonly page: Page,
    readonly locale: keyof typeof TEXTS = 'en',
  ) {}

  open = (query = '') => this.page.goto(`/messages${query}`)

  get table(): Locator {
    return this.page.getByRole('table', { name: TEXTS[this.locale].table })
  }

  /** The one sentence that the page answers with. */
  get answer(): Locator {
    return this.page.locator('[data-answer]')
  }

  choose = (subject: string) =>
    this.page.getByRole('checkbox', { name: `${TEXTS[this.locale].choose}: ${subject}` }).check()

  /** The subjects on the page, in their order. */
  subjects = async () =>
    (await this.table.getByRole('row').getByRole('link').allTextContents()).map((text) => text.trim())

  async find(text: string): Promise<void> {
    const box = this.page.getByRole('searchbox', { name: TEXTS[this.locale].search })
    await box.fill(text)
    await box.press('Enter')
  }

  /** A link to the messages of one state, with their number. */
  state = (name: string) => this.page.getByRole('navigation', { name: 'Messages by state' }).getByRole('link', { name })

  done = (text: string) => expect(this.page.getByText(text)).toBeVisible()
}
