import { expect, test } from 'vitest'
import { LOCALES } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import type { SetupGuideView } from '.'
import { GUIDE_CREDENTIALS, type GuideValues, PATHS } from './choices'
import { asText, confirmedIn, download, HAND_OVER_PARTS, handOver } from './hand-over'
import { explainStep, preparationCommands } from './step-text'
import { STEP_IDS, type StepId, stepsFor } from './steps'
import { guideQuery, readGuide } from './values'

const [GLOBAL] = BUILT_IN_CLOUDS as [Cloud]
const VALUES: GuideValues = {
  cloud: GLOBAL,
  tenantId: 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10',
  clientId: '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60',
  objectId: '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f',
  sender: 'noreply@contoso.example',
  appName: 'Postroom',
}
const PLACE = {
  consoleUrl: 'https://console.contoso.example/mail-server',
  guideUrl: 'https://console.contoso.example/set-up?cloud=global',
  confirmed: [],
}
const WAYS = PATHS.flatMap((path) =>
  GUIDE_CREDENTIALS.map((credential) => ({ path, credential, tool: 'powershell' as const })),
)
const EVERY = WAYS.flatMap((choices) =>
  HAND_OVER_PARTS.flatMap((part) => LOCALES.map((locale) => ({ choices, part, locale }))),
)

test('a sheet has every step of its part, both scripts, and the address of the guide', () => {
  for (const { choices, part, locale } of EVERY) {
    const sheet = handOver(part, { values: VALUES, choices }, { ...PLACE, locale })
    const text = asText(sheet, locale)
    const steps = stepsFor(choices).filter((step) => step.part === part)
    for (const step of steps) expect(text).toContain(explainStep(step, { values: VALUES }, locale).title)
    expect(text).toContain(sheet.script?.script.text.trimEnd())
    expect(text).toContain(sheet.undo?.script.text.trimEnd())
    expect(text).toContain(PLACE.guideUrl)
    expect(text).not.toContain('\n\n\n')
  }
})

test('a sheet names the steps that are confirmed, and explains only the others', () => {
  const guide = { values: VALUES, choices: { path: 'mailbox', credential: 'secret', tool: 'powershell' } as const }
  const confirmed: StepId[] = ['register', 'secret', 'objectId']
  for (const locale of LOCALES) {
    const t = translatorFor(locale, 'set-up')
    const done = confirmed.map((id) => t(`steps.${id}.title`))
    const place = { ...PLACE, locale, confirmed }
    const sheet = handOver('entra', guide, place)
    expect(sheet.steps.all.filter(({ title }) => done.includes(title))).toEqual([])
    expect(sheet.steps.all.length).toBeGreaterThan(0)
    expect(asText(sheet, locale)).toContain(t('handOver.confirmed', { steps: done.join('; ') }))
    // A person who makes no secret is not asked for its date.
    expect(sheet.back.texts).not.toContain(t('handOver.secretNote'))
    // Nor is anyone asked for the IDs that the console knows.
    expect(sheet.back.texts).toEqual([t('handOver.needBack.exchange')])
    expect(handOver('entra', guide, { ...place, confirmed: ['secret'] }).back.texts).toEqual([
      t('handOver.needBack.entra'),
    ])
    // The sheet of one step contains it in any case.
    expect(handOver('entra', guide, place, 'secret').steps.all.map(({ title }) => title)).toEqual([done[1]])
  }
})

test('a sheet whose steps are all confirmed prepares nothing', () => {
  const guide = { values: VALUES, choices: { path: 'mailbox', credential: 'secret', tool: 'powershell' } as const }
  const place = { ...PLACE, locale: 'en' } as const
  expect(handOver('exchange', guide, place).steps.preparation).not.toEqual([])
  expect(handOver('exchange', guide, { ...place, confirmed: STEP_IDS }).steps).toMatchObject({
    all: [],
    preparation: [],
  })
})

test('only a verified step is confirmed', () => {
  const states = [{ kind: 'verified' }, { kind: 'open' }, { kind: 'rejected' }, { kind: 'propagating' }]
  const steps = states.map((state, at) => ({ id: STEP_IDS[at], state })) as SetupGuideView['steps']
  expect(confirmedIn(steps)).toEqual([STEP_IDS[0]])
})

test('only a sheet with a shell script says that the script was run', () => {
  const guide = (tool: 'powershell' | 'az') => ({
    values: VALUES,
    choices: { path: 'mailbox', credential: 'secret', tool } as const,
  })
  const says = (...args: Parameters<typeof handOver>) => handOver(...args).before.notes.join(' ')
  const place = { ...PLACE, locale: 'en' } as const
  expect(says('entra', guide('az'), place)).toContain('run with a simulated az')
  expect(says('entra', guide('powershell'), place)).toContain('syntax was checked')
  expect(says('exchange', guide('az'), place)).toContain('syntax was checked')
})

test('no step on a sheet refers to a page of this console', () => {
  const ours = {
    en: /Credentials page|mail server’s|filled in here/,
    de: /Seite Anmeldedaten|des Mailservers|hier eingetragen/,
  }
  for (const { choices, part, locale } of EVERY) {
    const { steps } = handOver(part, { values: VALUES, choices }, { ...PLACE, locale })
    for (const { doing, back, check, undo } of steps.all)
      expect([...doing, back, check?.text, undo?.text].join('\n')).not.toMatch(ours[locale])
  }
})

test('the sheet of one step has that step with its check, and neither script', () => {
  for (const locale of LOCALES) {
    const guide = { values: VALUES, choices: { path: 'mailbox', credential: 'secret', tool: 'powershell' } as const }
    const sheet = handOver('exchange', guide, { ...PLACE, locale }, 'mailboxPermission')
    expect(sheet.steps.all.map(({ title }) => title)).toEqual([
      translatorFor(locale, 'set-up')('steps.mailboxPermission.titleFor', { mailbox: 'noreply@contoso.example' }),
    ])
    expect([sheet.script, sheet.undo]).toEqual([null, null])
    const text = asText(sheet, locale)
    expect(text).toContain(`Get-MailboxPermission -Identity '${VALUES.sender}'`)
    expect(text).toContain(PLACE.guideUrl)
    expect(text).not.toContain('$ErrorActionPreference')
  }
})

test('the sheet of one step asks for the values to copy, and names no script that it does not have', () => {
  for (const { choices, part, locale } of EVERY)
    for (const { id } of stepsFor(choices).filter((step) => step.part === part)) {
      const t = translatorFor(locale, 'set-up')
      const sheet = handOver(part, { values: VALUES, choices }, { ...PLACE, locale }, id)
      for (const language of ['powershell', 'bash'] as const)
        expect(sheet.before.notes).not.toContain(t(`scripts.untried.${language}`))
      const copied = t('handOver.needBack.copied')
      expect(copied).toContain(t('step.back'))
      expect(sheet.back.texts.includes(copied)).toBe(sheet.steps.all[0]?.back !== null)
    }
})

test('a sheet asks for the date of a secret only where there is a secret', () => {
  for (const { choices, part, locale } of EVERY) {
    const { back } = handOver(part, { values: VALUES, choices }, { ...PLACE, locale })
    const asks = part === 'entra' && choices.credential === 'secret'
    expect(/expiry date|Ablaufdatum/.test(back.texts.join(' '))).toBe(asks)
  }
})

test('S-01 the sheet warns against sending the secret, at the step and at the script', () => {
  const guide = { values: VALUES, choices: { path: 'mailbox', credential: 'secret', tool: 'az' } as const }
  const sheet = handOver('entra', guide, { ...PLACE, locale: 'en' })
  expect(sheet.steps.all.find(({ title }) => title === 'Create a client secret')?.back).toContain(
    'Do not send the “Value” by email',
  )
  expect(sheet.script?.text).toContain('remove the line “Client secret value”')
  expect(sheet.back.texts.join(' ')).toContain('Do not send the secret itself by email or chat')
})

test('M-12 the name of a file is fixed, whatever the request says', () => {
  const guide = readGuide({ name: '../../x"\r\nSet-Cookie: a' }, { clouds: BUILT_IN_CLOUDS, saved: null, runs: [] })
  const place = { ...PLACE, locale: 'en' as const }
  for (const name of ['postroom-entra', 'postroom-undo-exchange', 'postroom-hand-over-exchange.txt'])
    expect(download(name, guide, place)?.fileName).toMatch(/^postroom-[a-z-]+\.(?:ps1|txt)$/)
  for (const name of [
    '',
    'postroom-',
    '../postroom-entra',
    'postroom-hand-over-here.txt',
    'postroom-hand-over-entra.pdf',
  ])
    expect(download(name, guide, place)).toBeNull()
})

test('if the installation does not have the saved cloud, the guide says so, and no sheet or script names another one', () => {
  const saved = { cloud: 'lab', tenantId: 't', clientId: 'c', sender: 's@contoso.example', version: 1 }
  const known = { clouds: BUILT_IN_CLOUDS, saved: { ...saved, credential: null, delivered: null }, runs: [] }
  for (const query of [{}, { cloud: '' }, { cloud: 'gone' }]) {
    const guide = readGuide(query, known)
    expect(guide.validationErrors).toEqual({ cloud: { key: 'choice.cloud' } })
    expect(guideQuery(guide).get('cloud')).toBe('')
    for (const { part, locale } of EVERY) {
      const text = asText(handOver(part, guide, { ...PLACE, locale }), locale)
      expect(text).toContain('POSTROOM_CLOUDS_FILE')
      expect(text).not.toMatch(/Connect-|microsoft\.com|AzureCloud/)
      for (const file of [`postroom-${part}`, `postroom-undo-${part}`]) {
        const lines = download(file, guide, { ...PLACE, locale })
          ?.body.replace('\ufeff', '')
          .trim()
          .split('\r\n')
        expect(lines?.filter((line) => !line.startsWith('# '))).toEqual([])
      }
    }
  }
  expect(readGuide({ cloud: 'global' }, known)).toMatchObject({
    values: { cloud: { id: 'global' } },
    validationErrors: {},
  })
})

test('S-01 the address of the guide contains only the values of the guide', () => {
  const guide = readGuide({}, { clouds: BUILT_IN_CLOUDS, saved: null, runs: [] })
  expect([...guideQuery(guide).keys()]).toEqual([
    'cloud',
    'tenant',
    'client',
    'object',
    'sender',
    'name',
    'path',
    'proof',
    'tool',
  ])
})

test.each(BUILT_IN_CLOUDS.map((cloud) => [cloud.id, cloud] as const))(
  'every link of the guide for %s leads to the portal of that cloud, with the known ids',
  (_, cloud) => {
    const known = { ...VALUES, cloud }
    const unknown = { ...known, tenantId: null, clientId: null, objectId: null }
    for (const choices of WAYS)
      for (const step of stepsFor(choices)) {
        const link = explainStep(step, { values: known }, 'en').portal
        if (step.id === 'smtpAuth') {
          // The admin centre is known for the worldwide cloud alone; elsewhere none is better than the wrong one.
          expect(link?.url ?? null).toBe(cloud === GLOBAL ? 'https://admin.microsoft.com/' : null)
          continue
        }
        expect(link !== null).toBe(step.part === 'entra')
        if (!link) continue
        expect(new URL(link.url).origin).toBe(cloud.portalUrl)
        expect(link.url).toContain(known.clientId)
        const first = explainStep(step, { values: unknown }, 'en').portal
        expect(new URL(first?.url ?? '').origin).toBe(cloud.portalUrl)
        expect(first?.label).toBe(step.id === 'objectId' ? 'Enterprise apps' : 'App registrations')
      }
    expect(preparationCommands({ values: known }, 'en').join('\n')).toContain(
      cloud.exchangeEnvironmentName
        ? `-ExchangeEnvironmentName '${cloud.exchangeEnvironmentName}'`
        : 'Connect-ExchangeOnline\n',
    )
  },
)

test.each(LOCALES)(
  'the commands for Exchange say how a guest or a partner connects to the tenant that sends (%s)',
  (locale) => {
    expect(preparationCommands({ values: VALUES }, locale).join('\n')).toContain('-DelegatedOrganization')
  },
)

test('the difference between the paths is explained in three sentences, in both languages', async () => {
  for (const locale of LOCALES) {
    const { default: texts } = await import(`../../messages/${locale}/set-up.json`)
    expect(texts.difference.text.match(/[^.]+\.(?= |$)/g)).toHaveLength(3)
  }
})

test('the commands use the name of the application, and its id in the name of the scope, so two consoles never share one', () => {
  const commandsOf = (id: StepId) => {
    const step = stepsFor({ path: 'rbac', credential: 'secret' }).find((each) => each.id === id)
    return step ? explainStep(step, { values: { ...VALUES, appName: 'Mail d’office' } }, 'en').commands.join('\n') : ''
  }
  expect(commandsOf('servicePrincipal')).toContain("-DisplayName 'Mail d’’office'")
  expect(commandsOf('rbacRole')).toContain(`New-ManagementScope -Name 'Postroom ${VALUES.clientId}'`)
  expect(commandsOf('rbacRole')).toContain(`-CustomResourceScope 'Postroom ${VALUES.clientId}'`)
})
