import type { Cookies } from './fixtures'
import { type Answer, type Ask, ask, formBody, textOf } from './http'

/** By name. Of boxes with one name those in a list get ticks; null leaves a box without. A text for a hidden field says which form is meant. */
type Typed = Readonly<Record<string, string | readonly string[] | Upload | null>>

/** A file that is chosen. */
interface Upload {
  fileName: string
  content: string
}

type Field = Parameters<typeof formBody>[0][number]
type Attributes = Readonly<Record<string, string>>

interface Control {
  tag: string
  attributes: Attributes
  /** What is between its tags, as HTML. */
  content: string
}

interface Form {
  attributes: Attributes
  controls: Control[]
}

const CONTROL = /<input\b[^>]*>|<(textarea|select|button)\b[^>]*>.*?<\/\1>/gs
const REDIRECTS_MAX = 5

/**
 * What a browser without scripts does with forms: reads a page, fills in a form by the names of its fields, presses a button and follows
 * the answer. A window for the same costs several times as much processor time.
 */
export class FormClient {
  readonly #cookies: Map<string, string>
  #path = '/'
  /** The page as it came. */
  html = ''
  /** The part to which its address leads, such as `#settings`. */
  hash = ''

  constructor(
    private readonly origin: string,
    cookies: Cookies,
    private readonly heard: (place: string, answer: Answer) => void = () => {},
  ) {
    this.#cookies = new Map(cookies.map(({ name, value }) => [name, value]))
  }

  /** Another tab of the same browser. */
  another(): FormClient {
    const cookies = [...this.#cookies].map(([name, value]) => ({ name, value }))
    return new FormClient(this.origin, cookies, this.heard)
  }

  /** The page as it is: for a form whose answer is lost and which is sent again, or in a browser that has other cookies since. */
  copy(cookies?: Cookies): FormClient {
    const copy = cookies ? new FormClient(this.origin, cookies, this.heard) : this.another()
    copy.#path = this.#path
    copy.html = this.html
    return copy
  }

  /** What a person reads between rail and foot. */
  get text(): string {
    return textOf(/<main\b.*<\/main>/s.exec(this.html)?.[0] ?? '')
  }

  /** The same of the rail. */
  get rail(): string {
    return textOf(/<header\b.*?<\/header>/s.exec(this.html)?.[0] ?? '')
  }

  /** The address of the page, without its part. */
  get path(): string {
    return this.#path
  }

  get heading(): string {
    return textOf(/<h1\b.*?<\/h1>/s.exec(this.html)?.[0] ?? '')
  }

  /** Those of level 2. */
  get headings(): string[] {
    return headingsIn(this.html)
  }

  /** Those of forms, by their text. */
  get buttons(): string[] {
    return this.#controls().flatMap(({ tag, content }) => (tag === 'button' ? [textOf(content).trim()] : []))
  }

  /** The names of the fields that the page marks as wrong. */
  get invalid(): string[] {
    const isWrong = ({ attributes }: Control) => attributes['aria-invalid'] === 'true'
    return this.#controls()
      .filter(isWrong)
      .map(({ attributes }) => attributes.name ?? '')
  }

  #controls = (): Control[] => formsOf(this.html).flatMap((form) => form.controls)

  /** The rows of all tables, as texts. */
  get rows(): string[] {
    return (this.html.match(/<tr\b.*?<\/tr>/gs) ?? []).map(textOf)
  }

  /** The cells of the row that names this, as texts. */
  cells(name: string): string[] {
    const row = (this.html.match(/<tr\b.*?<\/tr>/gs) ?? []).find((each) => textOf(each).includes(name))
    return (row?.match(/<td\b.*?<\/td>/gs) ?? []).map(textOf)
  }

  /** The section that has exactly this heading, and no section within it. */
  section = (title: string): string =>
    (this.html.match(/<section\b(?:(?!<section\b).)*?<\/section>/gs) ?? [])
      .filter((section) => headingsIn(section).includes(title))
      .map(textOf)
      .join()

  /** The article that names this. */
  article = (name: string): string =>
    (this.html.match(/<article\b.*?<\/article>/gs) ?? []).map(textOf).find((text) => text.includes(name)) ?? ''

  /** What the page shows to be copied. */
  codeText = (): string => this.codeTexts()[0] ?? ''
  codeTexts = (): string[] => (this.html.match(/<pre\b.*?<\/pre>/gs) ?? []).map((text) => textOf(text).trim())

  open = (path: string): Promise<void> => this.#go(path, {})

  /** Follows the one link with this text. */
  async follow(text: string | RegExp): Promise<void> {
    const links = this.#links(text)
    if (links.length !== 1) throw new Error(`${links.length} links “${text}” in ${this.text}`)
    await this.open(links[0] ?? '')
  }

  /** The same if there is such a link. */
  async followIfThere(text: string): Promise<void> {
    if (this.#links(text).length > 0) await this.follow(text)
  }

  #links(text: string | RegExp): string[] {
    const paths = [...this.html.matchAll(/<a\b[^>]*>.*?<\/a>/gs)]
      .filter(([element]) => isNamed(textOf(element).trim(), text))
      .map(([element]) => (attributesOf(element).href ?? '').replace(/#.*/, ''))
    return [...new Set(paths)]
  }

  /** Presses the one button with this text or label, and the value that is given to its name, in a form that has all these fields. */
  async press(button: string | RegExp, typed: Typed = {}): Promise<void> {
    const matching = formsOf(this.html).flatMap((form) => {
      const control = takes(form, typed) && form.controls.find((each) => isButton(each, button, typed))
      return control ? [{ form, control }] : []
    })
    const [{ form, control } = {}, ...more] = matching
    if (!form || !control || more.length > 0)
      throw new Error(`${matching.length} forms with “${button}” and ${Object.keys(typed)} in ${this.text}`)
    const { name, value = '' } = control.attributes
    const fields: Field[] = [...valuesOf(form, typed), ...(name === undefined ? [] : [[name, value] as const])]
    const path = form.attributes.action || this.#path
    if (form.attributes.method?.toLowerCase() === 'post') return this.#go(path, formBody(fields))
    await this.open(
      `${path.replace(/[?#].*/, '')}?${new URLSearchParams(fields.map(([key, text]): [string, string] => [key, text]))}`,
    )
  }

  /** The values of all boxes of this name, with a tick or without. */
  boxes = (name: string): string[] =>
    formsOf(this.html)
      .flatMap(({ controls }) => controls.filter((control) => isBox(control) && control.attributes.name === name))
      .map(({ attributes }) => attributes.value ?? 'on')

  /** What the fields of this name hold. */
  valuesOf(name: string): string[] {
    return formsOf(this.html)
      .flatMap(({ controls }) => controls.filter(({ attributes }) => attributes.name === name))
      .flatMap((control) => valuesIn(control))
  }

  /** The same of the only one. */
  valueOf = (name: string): string | undefined => this.valuesOf(name)[0]

  async #go(path: string, post: Ask): Promise<void> {
    const own = { origin: this.origin, 'sec-fetch-site': 'same-origin', 'accept-language': 'en-GB' }
    let next: Ask = post
    const [address = '', part] = path.split('#')
    path = address
    this.hash = part === undefined ? '' : `#${part}`
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await ask(this.origin, path, { ...next, headers: { ...next.headers, ...own, cookie } })
      this.heard(`${next.method ?? 'GET'} ${path}`, answer)
      for (const text of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(text)
      const { location } = answer.headers
      if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string') {
        this.#path = path
        this.html = answer.body
        // Without scripts nothing puts a part that comes later into its place.
        if (/<template id="B:/.test(answer.body)) throw new Error(`${path} is not complete without scripts`)
        return
      }
      const { pathname, search, hash } = new URL(location, this.origin)
      this.hash = hash || this.hash // as in a browser
      path = pathname + search
      if (answer.status !== 307) next = {} // a browser posts the form there
    }
    throw new Error(`${path} leads on and on`)
  }

  #keep(text: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
    if (/;\s*max-age=0\b/i.test(text) || value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

const headingsIn = (html: string): string[] => (html.match(/<h2\b.*?<\/h2>/gs) ?? []).map(textOf)

/** React writes every attribute with a value in quotes. */
const attributesOf = (element: string): Attributes =>
  Object.fromEntries(
    [...(/^<[^>]*>/.exec(element)?.[0] ?? '').matchAll(/\s([\w:-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      textOf(value),
    ]),
  )

const isNamed = (own: string, text: string | RegExp): boolean =>
  typeof text === 'string' ? own === text : text.test(own)

const FORM = /<form\b.*?<\/form>/gs

/** The forms of a page, each with the controls outside it that name it. */
function formsOf(html: string): Form[] {
  const outside = controlsIn(html.replaceAll(FORM, ''))
  return (html.match(FORM) ?? []).map((form) => {
    const attributes = attributesOf(form)
    const own = outside.filter((control) => control.attributes.form === attributes.id && attributes.id !== undefined)
    return { attributes, controls: [...controlsIn(form), ...own] }
  })
}

const controlsIn = (html: string): Control[] =>
  [...html.matchAll(CONTROL)]
    // React writes what a button's action needs into the button.
    .flatMap(([element]) => [element, ...(/^<button/.test(element) ? (element.match(/<input\b[^>]*>/g) ?? []) : [])])
    .map((element) => ({
      tag: /^<(\w+)/.exec(element)?.[1] ?? '',
      attributes: attributesOf(element),
      content: element.replaceAll(/^<[^>]*>|<\/\w+>$/g, ''),
    }))
    .filter(({ attributes }) => !('disabled' in attributes))

/** Whether a control is the button with this text or label, and its value the one that is given to its name. */
const isButton = ({ tag, attributes, content }: Control, text: string | RegExp, typed: Typed) =>
  tag === 'button' &&
  attributes.type !== 'button' &&
  [textOf(content).trim(), attributes['aria-label'] ?? ''].some((own) => isNamed(own, text)) &&
  (typed[attributes.name ?? ''] ?? attributes.value) === attributes.value

const isBox = ({ attributes: { type } }: Control) => type === 'checkbox' || type === 'radio'

/** Whether a form has all fields that were typed, with the hidden values that are named. */
const takes = ({ controls }: Form, typed: Typed): boolean =>
  Object.entries(typed).every(([name, text]) =>
    controls.some((control) => {
      const { name: own, type, value = 'on' } = control.attributes
      if (own !== name) return false
      if (type === 'hidden' || (isBox(control) && typeof text === 'string')) return value === text
      return control.tag !== 'select' || optionsOf(control).some((option) => option.value === text)
    }),
  )

function valuesOf({ controls }: Form, typed: Typed): Field[] {
  return controls.flatMap((control): readonly Field[] => {
    const { name, value = 'on', type } = control.attributes
    if (name === undefined || control.tag === 'button') return []
    const text = typed[name]
    if (type === 'file') {
      const { content = '', fileName = '' } = { ...(text as Upload | undefined) }
      return [[name, content, fileName] as const]
    }
    if (text === undefined || type === 'hidden') return valuesIn(control).map((each) => [name, each] as const)
    if (isBox(control)) return [text].flat().includes(value) ? [[name, value] as const] : []
    return [[name, String(text ?? '')] as const]
  })
}

/** What a field sends as it came. */
function valuesIn(control: Control): string[] {
  const { value, type } = control.attributes
  if (type === 'file') return []
  if (control.tag === 'textarea') return [textOf(control.content)]
  if (control.tag === 'select') {
    const options = optionsOf(control)
    return [(options.find(({ selected }) => selected !== undefined) ?? options[0])?.value ?? '']
  }
  if (!isBox(control)) return [value ?? '']
  return 'checked' in control.attributes ? [value ?? 'on'] : []
}

const optionsOf = ({ content }: Control): Attributes[] =>
  (content.match(/<option\b[^>]*>/g) ?? []).map((option) => attributesOf(option))
