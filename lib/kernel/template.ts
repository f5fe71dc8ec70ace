/** What the templates of `templates` are written with. Its README explains their format. */
export interface TemplateParts {
  /** Whether the lines between `#if name` and `#end` are written. */
  conditions?: Readonly<Record<string, boolean>>
  /** The text for `{{name argument …}}`. */
  fill?(name: string, ...values: string[]): string | undefined
  /** The lines for `#say key`: a sentence as a comment. */
  say?(key: string): string[]
}

const DIRECTIVE = /^(\s*)#(if|else|end|include|say)\b ?(.*)$/
const PLACEHOLDER = /\{\{([^{}]+)\}\}/g

/** The lines of a template. A name that is not provided is a bug and throws. */
export function templateLines<Name extends string>(
  templates: Readonly<Record<Name, string>>,
  name: Name,
  parts: TemplateParts = {},
): string[] {
  const lines: string[] = []
  /** Whether each branch that has begun here is written. */
  const branches: boolean[] = []
  for (const line of templates[name].split('\n')) {
    const [, indent = '', directive, argument = ''] = DIRECTIVE.exec(line) ?? []
    const add = (written: string[]) => lines.push(...written.map((each) => each && indent + each))
    if (directive === 'if') branches.push(known(parts.conditions?.[argument], `condition ${argument}`))
    else if (directive === 'else') branches.push(!branches.pop())
    else if (directive === 'end') branches.pop()
    else if (branches.includes(false)) continue
    else if (directive === 'include') add(templateLines(templates, nameIn(templates, argument), parts))
    else if (directive === 'say') add(known(parts.say?.(argument), `sentence ${argument}`))
    else lines.push(filled(line, templates, parts))
  }
  return lines
}

/** `{{> name}}` is the only line of another template. */
const filled = <Name extends string>(line: string, templates: Readonly<Record<Name, string>>, parts: TemplateParts) =>
  line.replace(PLACEHOLDER, (_, inside: string) => {
    const [name = '', ...values] = inside.trim().split(' ')
    if (name !== '>') return known(parts.fill?.(name, ...values), `placeholder ${inside}`)
    return templateLines(templates, nameIn(templates, values[0] ?? ''), parts).join('\n')
  })

function nameIn<Name extends string>(templates: Readonly<Record<Name, string>>, name: string): Name {
  if (!Object.hasOwn(templates, name)) throw new Error(`There is no template ${name}`)
  return name as Name
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`A template names the ${what}, which is not provided`)
  return value
}
