import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { apiWorld } from '../../../tests/support/api-server'
import { databaseOfEach } from '../../../tests/support/each-database'
import { faultsIn, grammar } from '../../../tests/support/grammar'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { translatorFor } from '../../i18n/translations'
import { type Example, examplesAt } from './examples'

const database = databaseOfEach()
const run = promisify(execFile)
const ORIGIN = 'https://console.contoso.example'

/** Of the package that has PHP's curl extension. */
const HAS_PHP = existsSync('/usr/share/doc/php-curl')

const inPython = async (text: string): Promise<[program: string, ...args: string[]]> => ['python3', '-c', text]
const RUNS: Partial<Record<Example['language'], (text: string) => Promise<[program: string, ...args: string[]]>>> = {
  curl: async (text) => ['bash', '-c', text],
  Python: inPython,
  'Python, message/rfc822': inPython,
  'JavaScript, TypeScript': async (text) => ['node', '--input-type=module', '-e', text],
  ...(HAS_PHP && { PHP: async (text: string) => ['php', '-r', text.replace('<?php', '')] }),
}

test('the examples in curl, Python, JavaScript and PHP send a message each with one key, and stop with the reason if it is refused', async () => {
  const world = await untilTestEnds(apiWorld({ database }))
  const fields = { name: 'Billing', senders: 'billing@contoso.example', scopes: 'send' }
  const { secret } = await world.client(fields, 'api-key')
  const cwd = mkdtempSync(path.join(tmpdir(), 'examples-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  writeFileSync(path.join(cwd, 'logo.png'), 'Logo')
  for (const { language, text } of examplesAt(world.origin)) {
    expect(text, 'commands of Postroom refuse a variable of that name that they do not know').not.toContain('POSTROOM_')
    const command = await RUNS[language]?.(text)
    if (!command) continue
    const [program, ...args] = command
    const env = { ...process.env, API_KEY: secret }
    const { stdout } = await run(program, args, { env, cwd })
    const [, id] = /([0-9a-f]{8}-[0-9a-f-]{27})/.exec(stdout) ?? []
    expect(await database.db.message.count({ where: { id: id ?? '' } }), language).toBe(1)
    await expect(
      run(program, args, { cwd, env: { ...env, API_KEY: `prk_${'A'.repeat(43)}` } }),
      language,
    ).rejects.toThrow()
  }
  const subjects = await database.db.message.findMany({ select: { subject: true }, orderBy: { subject: 'asc' } })
  const numbers = [17, 18, 19, ...(HAS_PHP ? [21] : []), 23]
  expect(subjects.map(({ subject }) => subject)).toEqual(numbers.map((number) => `Invoice ${number}`))
  const { bytes } = await database.db.messageBody.findFirstOrThrow({ where: { message: { subject: 'Invoice 23' } } })
  expect(Buffer.from(bytes).toString()).toMatch(/Content-ID: <logo>[\s\S]*TG9nbw==/)
})

const GRAMMARS = { PowerShell: 'powershell', PHP: 'php', 'C#': 'c-sharp', curl: 'bash' } as const

test.each(Object.entries(GRAMMARS))(
  'the example in %s is understood by the grammar of the language',
  async (language, name) => {
    const text = examplesAt(ORIGIN).find((example) => example.language === language)?.text ?? ''
    const parse = await grammar(name)
    expect(faultsIn(parse(text))).toEqual([])
    expect(faultsIn(parse(text.replace('[', '((').replace('"', "'")))).not.toEqual([])
  },
)

// Without it PowerShell 7.0.13 prints the reason and ends with exit code 0, as if the message had been accepted.
test('the PowerShell example fails if the message is refused', () => {
  const text = examplesAt(ORIGIN).find(({ language }) => language === 'PowerShell')?.text
  expect(text).toMatch(/^\$ErrorActionPreference = 'Stop'\n/)
})

test('docs/http-api.md shows the same examples, and what they need as the page says it', () => {
  const document = readFileSync('docs/http-api.md', 'utf8')
  const t = translatorFor('en', 'submission')
  for (const needs of [t('api.phpNeeds'), t('api.csharpNeeds')]) expect(document).toContain(needs.replace(/\.$/, ''))
  for (const { language, fence, text } of examplesAt(ORIGIN))
    expect(document).toContain(`### ${language}\n\n\`\`\`${fence}\n${text}\n\`\`\``)
})
