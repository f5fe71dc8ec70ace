import type { Page } from '@playwright/test'

/** What is the same in every language, or comes from the data of these tests. */
const NAMES = [
  ...['Postroom', 'Exchange Online', 'Simulated Microsoft 365', 'Chrome · Linux', 'English', 'Deutsch'],
  ...['Chrome · Windows', 'Microsoft Teams', 'Webhook', 'System', 'Scanner, third floor'],
  ...['JavaScript, TypeScript', 'Python', 'PowerShell', 'PHP', 'curl', 'C#'],
  ...['Python, smtplib', 'PHP, PHPMailer', '.NET, MailKit', 'Python, message/rfc822'],
]

/**
 * Of a page with pseudo texts: those with a plain word in them that are no name, no address, no file and no date. A test report is in the
 * language of its test.
 */
export const untranslated = (page: Page): Promise<string[]> =>
  page.evaluate((names) => {
    const DATA =
      'code, kbd, pre, bdi, time, article, input, textarea, option, svg, script, style, [lang]:not(html), .font-mono'
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? ''
      const isPlain = /[A-Za-z]{3}/.test(text) && !/[àçðéĝĥïĵķĺñöþŕšüýž]/i.test(text)
      if (!isPlain || names.includes(text) || node.parentElement?.closest(DATA)) continue
      if (
        !/@|^\S+[./:]\S+$|^TLSv|(?:^|\d\.?\s)(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)|^[a-z0-9_-]+$/.test(
          text,
        )
      )
        texts.push(text.slice(0, 80))
    }
    return texts
  }, NAMES)
