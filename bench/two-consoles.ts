// For benches that ask a full console and an empty one for the same pages.
import type { Browser, Page } from '@playwright/test'
import type { Cookies } from '../e2e/support/fixtures'
import { cookieHeader } from '../e2e/support/http'
import { MailServerPage } from '../e2e/support/mail-server-page'
import { makeAccount, signInAs } from '../e2e/support/people'
import { Tree } from '../e2e/support/tree'
import { median } from './median'

export interface Console {
  tree: Tree
  cookies: Cookies
}

/** A console with a mail server at the simulated Exchange Online. `trees` gets its tree, to be stopped; `prepare` has its administrator's page. */
export async function startConsole(
  browser: Browser,
  trees: Tree[],
  prepare: (tree: Tree, page: Page) => Promise<void>,
): Promise<Console> {
  const tree = await Tree.start({ database: 'embedded' })
  trees.push(tree)
  const context = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
  await makeAccount('admin', tree, context)
  const page = await context.newPage()
  await signInAs(page, 'admin')
  await page.waitForURL('**/mail-server')
  await new MailServerPage(page).setUpExchange(tree.simulator.facts)
  await prepare(tree, page)
  const cookies = await context.cookies()
  await context.close()
  return { tree, cookies }
}

/** Medians in milliseconds, from the question to the last byte; the two take turns, so that other work falls on both. */
export async function inTurn(
  few: readonly [at: Console, path: string],
  many: readonly [at: Console, path: string],
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<[few: number, many: number]> {
  const took: [number[], number[]] = [[], []]
  for (let at = 0; at < warmUp + rounds; at++) {
    const [a, b] = [await timeOf(...few), await timeOf(...many)]
    if (at < warmUp) continue
    took[0].push(a)
    took[1].push(b)
  }
  return [median(took[0]), median(took[1])]
}

async function timeOf({ tree, cookies }: Console, path: string): Promise<number> {
  const began = performance.now()
  const answer = await fetch(tree.baseUrl + path, { headers: cookieHeader(cookies) })
  await answer.text()
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
  return performance.now() - began
}
