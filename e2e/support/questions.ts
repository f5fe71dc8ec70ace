import type { Page } from '@playwright/test'

/** What the page asks from now on before it is left, in order. Each question is answered with no, so that the page stays. */
export function questionsOf(page: Page): string[] {
  const questions: string[] = []
  page.on('dialog', (dialog) => {
    questions.push(dialog.message())
    void dialog.dismiss()
  })
  return questions
}
