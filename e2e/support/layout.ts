import type { Page } from '@playwright/test'

/** 720 px is a window of 1,440 px at 200 % zoom. */
const WIDTHS = [320, 720, 768, 1024, 1440]
/** Each arrangement of the pages in its narrowest window. */
const NARROWEST = [320, 760, 1000, 1100, 1280]
/** In each run all pages in the narrowest of all, and each in one of the others in turn. */
const inTurn = (page: number): number[] =>
  process.env.SOAK ? NARROWEST : NARROWEST.filter((_, at) => at === 0 || at === 1 + (page % (NARROWEST.length - 1)))
const HEIGHT = 900

/**
 * Measures the pages of one tab in every window: as loaded, with everything unfolded, and with each dialog and menu open. A tab
 * measures a dialog or a menu once, because every page repeats some.
 *
 * @param quick only the narrowest windows, a few of them for each page, and only with everything unfolded.
 */
export class LayoutCheck {
  readonly #measured = new Set<string>()
  #pages = 0

  constructor(
    readonly page: Page,
    private readonly quick = false,
  ) {}

  async faults(): Promise<string[]> {
    this.#pages += 1
    await this.page.evaluate(showAllContent)
    const faults = this.quick ? [] : await this.#inEveryWindow('as loaded')
    const isUnfolded = await this.page.evaluate(unfold)
    const opened = await this.#newOverlays()
    if (isUnfolded || this.quick || opened.length > 0) faults.push(...(await this.#inEveryWindow('unfolded', opened)))
    return [...new Set(faults)]
  }

  /** The ids of the dialogs and menus of this page that no page before it had. */
  async #newOverlays(): Promise<string[]> {
    const ids: string[] = []
    for (const { content, id } of await this.page.evaluate(overlays)) {
      if (this.#measured.has(content)) continue
      this.#measured.add(content)
      ids.push(id)
    }
    return ids
  }

  /** @param opened each dialog and menu to open in every window, because another size of the window costs more than to open them. */
  async #inEveryWindow(how: string, opened: readonly string[] = []): Promise<string[]> {
    const faults: string[] = []
    for (const width of this.quick ? inTurn(this.#pages) : WIDTHS) {
      await this.page.setViewportSize({ width, height: HEIGHT })
      const measure = async (state: string) => {
        const broken: string[] = []
        for (const fault of [brokenLayout, brokenTexts, brokenTables]) broken.push(...(await this.page.evaluate(fault)))
        faults.push(...broken.map((fault) => `${state} at ${width} px: ${fault}`))
      }
      await measure(how)
      for (const id of opened) {
        await this.page.evaluate(toggle, id)
        await measure(`with ${id} open`)
        await this.page.evaluate(toggle, id)
      }
    }
    return faults
  }
}

/** The browser leaves out what is outside the window until a person scrolls there. */
function showAllContent(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('.below-first-screen { content-visibility: visible !important }')
  document.adoptedStyleSheets.push(sheet)
}

/** Whether there was something to unfold. */
function unfold(): boolean {
  const folds = [...document.querySelectorAll('details:not([open])')]
  for (const fold of folds) {
    // Those of one name close each other.
    fold.removeAttribute('name')
    fold.setAttribute('open', '')
  }
  return folds.length > 0
}

const overlays = (): { content: string; id: string }[] =>
  [...document.querySelectorAll('[popover][id]')].map(({ id, innerHTML }) => ({
    content: innerHTML.replaceAll(/ (?:id|value|for|href|aria-\w+)="[^"]*"/g, ''),
    id,
  }))

function toggle(id: string): void {
  document.getElementById(id)?.togglePopover()
}

/**
 * A page wider than its window, a part that scrolls sideways, a text that a box or the window cuts off, and a text that reaches out of
 * its cell, its button or its label. Runs in the page, so it is one function.
 */
function brokenLayout(): string[] {
  const faults = new Set<string>()
  const start = (node: Node) => `“${node.textContent?.trim().replaceAll(/\s+/g, ' ').slice(0, 60)}”`
  const { scrollWidth } = document.documentElement
  if (scrollWidth > window.innerWidth) {
    const outside = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > window.innerWidth + 1 && element.checkVisibility(),
    )
    faults.add(`${scrollWidth} px wide because of ${outside.slice(-2).map(start).join(' and ')}`)
  }
  // Each text asks all its ancestors, and most texts have the same ones.
  const remembered = <Value>(ask: (element: Element) => Value) => {
    const answers = new Map<Element, Value>()
    return (element: Element): Value => {
      const answer = answers.get(element) ?? ask(element)
      answers.set(element, answer)
      return answer
    }
  }
  const styleOf = remembered((element) => {
    const { overflowX, overflowY, textOverflow, webkitLineClamp, position, whiteSpace } = getComputedStyle(element)
    return { overflowX, overflowY, textOverflow, webkitLineClamp, position, whiteSpace }
  })
  const edgeOf = remembered((element) => element.getBoundingClientRect())
  const range = document.createRange()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement
    if (!text.textContent?.trim() || !element?.checkVisibility({ visibilityProperty: true })) continue
    if (element.closest('.sr-only, option') || edgeOf(element).width <= 2) continue
    range.selectNodeContents(text)
    const { left, right, bottom, width } = range.getBoundingClientRect()
    if (width === 0) continue
    // A space at the end of such a line is not broken, but hangs over the edge.
    const slack = styleOf(element).whiteSpace === 'pre-wrap' ? 10 : 1
    for (let box: Element | null = element; box && box !== document.body; box = box.parentElement) {
      const { overflowX, overflowY, textOverflow, webkitLineClamp, position } = styleOf(box)
      const edge = edgeOf(box)
      // Texts that are shortened on purpose say so by an ellipsis; one pixel is for screen readers only.
      if (edge.width <= 2 || textOverflow === 'ellipsis' || !['none', ''].includes(webkitLineClamp)) break
      if (/auto|scroll/.test(overflowX + overflowY)) {
        if (/auto|scroll/.test(overflowX) && box.scrollWidth > box.clientWidth + 1 && !box.matches('textarea'))
          faults.add(`scrolls sideways: ${start(box)}`)
        break
      }
      const isWider = right > edge.right + slack
      if (/hidden|clip/.test(overflowX) && (isWider || left < edge.left - 1)) faults.add(`cut off: ${start(element)}`)
      if (/hidden|clip/.test(overflowY) && bottom > edge.bottom + 2) faults.add(`cut off below: ${start(element)}`)
      if (isWider && box.matches('td, th, button, .button, summary, label, li, dd, dt, legend, svg'))
        faults.add(`reaches out of its ${box.localName}: ${start(element)}`)
      if (position === 'fixed') break
    }
    if (left < -1 && styleOf(element).position !== 'fixed') faults.add(`outside the window: ${start(element)}`)
  }
  for (const select of document.querySelectorAll('select'))
    if (
      select.checkVisibility() &&
      (styleOf(select).whiteSpace !== 'normal' || select.scrollWidth > select.clientWidth)
    )
      faults.add(`cut off: ${start(select)}`)
  return [...faults]
}

/**
 * A term that continues on the next line, in a column or a button that is too narrow for it. Names, addresses, paths and commands may break
 * anywhere, and so may long compounds.
 */
function brokenTexts(): string[] {
  const faults = new Set<string>()
  const range = document.createRange()
  const linesOf = (text: Node, from: number, to: number): number => {
    range.setStart(text, from)
    range.setEnd(text, to)
    const [first, ...rest] = range.getClientRects()
    return first ? 1 + rest.filter(({ top }) => top > first.bottom - 2).length : 0
  }
  const isForScreenReaders = (element: Element | null): boolean =>
    element instanceof HTMLElement && (element.offsetWidth <= 2 || isForScreenReaders(element.parentElement))
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const [element, content] = [text.parentElement, text.textContent ?? '']
    if (!element?.checkVisibility({ visibilityProperty: true })) continue
    if (element.closest('bdi, code, pre, option, .font-mono') || linesOf(text, 0, content.length) < 2) continue
    if (isForScreenReaders(element)) continue
    for (const { index, 0: term } of content.matchAll(
      /(?<![^\s(„“])(?:[\p{L}\p{N}]{2,16}|\p{N}+\/\p{N}+)(?![^\s.,:;!?…)”“-])/gu,
    ))
      if (linesOf(text, index, index + term.length) > 1)
        faults.add(`broken inside “${term}”: “${content.trim().slice(0, 60)}”`)
  }
  return [...faults]
}

/** A row of a table with more or fewer cells than its head. Screen readers find the heading of a cell by its place in the row. */
function brokenTables(): string[] {
  const cellsOf = (row: Element): number =>
    [...row.querySelectorAll('[role="cell"], [role="columnheader"], [role="rowheader"]')].filter((cell) =>
      cell.checkVisibility(),
    ).length
  return [...document.querySelectorAll('table.rack')]
    .filter((table) => table.checkVisibility())
    .filter((table) => new Set([...table.querySelectorAll('tr:not(.rack-group)')].map(cellsOf)).size > 1)
    .map((table) => `rows with other cells than the head: “${table.querySelector('caption')?.textContent}”`)
}
