import { expect, type Page } from '@playwright/test'

/** Something that a page shows only after an act. Elements are recognised by what is the same in every language. */
export interface Act {
  path: string
  act(page: Page): Promise<unknown>
}

const chooseFirst = (page: Page) => page.locator('tbody input[type="checkbox"]').first().check()
/** The bars for chosen rows, changed fields and the answers of forms that succeed. */
export const ACTS: readonly Act[] = [
  ...['/messages?view=failed', '/credentials', '/credentials/applications'].map((path) => ({ path, act: chooseFirst })),
  {
    path: '/mail-server/00000000-0000-4000-8000-000000000001',
    act: (page) => page.locator('#senderName').fill('Büro'),
  },
  { path: '/policy', act: (page) => page.locator('#add-rule').click() },
]

/** Not an address, not a number, not a date, and longer than every field allows. */
const WRONG = `${'nobody '.repeat(1_000)}\n/(a/`

/** The forms of a page that take texts, in order, by the names of their fields: equal ones have equal names. */
export const formsOn = (page: Page): Promise<string[]> =>
  page
    .locator(FORM)
    .evaluateAll((forms) =>
      forms.map((form) =>
        [...new Set([...(form as HTMLFormElement).elements].map((field) => field.getAttribute('name')))].join(),
      ),
    )

const FORM =
  'form[method="post" i]:has(textarea, input:is([type="text"], [type="email"], [type="url"], [type="number"], [type="password"], :not([type])):not([hidden]))'

/** Sends a form of the page with a value that is wrong everywhere, past the checks of the browser, so that it shows its errors. */
export async function sendWrong(page: Page, index: number): Promise<void> {
  const form = page.locator(FORM).nth(index)
  await form.evaluate((element: HTMLFormElement, value) => {
    element.noValidate = true
    element.closest('dialog')?.showPopover()
    for (let fold = element.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null)
      fold.open = true
    for (const field of element.querySelectorAll<HTMLInputElement>('input, textarea')) {
      if (['hidden', 'checkbox', 'radio', 'file', 'submit'].includes(field.type)) continue
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value')?.set?.call(field, value)
      for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }))
    }
  }, WRONG)
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await form.locator('button[type="submit"], button:not([type])').last().click()
  await answered
  await expect(
    page
      .locator('main')
      .locator('[aria-invalid="true"], #answer-note, [role="alert"], [role="status"], [aria-live]')
      .filter({ visible: true })
      .first(),
  ).toBeVisible()
}
