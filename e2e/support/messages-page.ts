import type { Locator, Page } from '@playwright/test'

/** The list of messages, and one message. */
export class MessagesPage {
  constructor(readonly page: Page) {}

  open = (query = '') => this.page.goto(`/messages${query}`)

  /** The one sentence that the page answers with. */
  get answer(): Locator {
    return this.page.locator('[data-answer]')
  }

  choose = (subject: string) => this.page.getByRole('checkbox', { name: `Choose: ${subject}` }).check()

  /** A link to the messages of one state, with their number. */
  state = (name: string) => this.page.getByRole('navigation', { name: 'Messages by state' }).getByRole('link', { name })
}
