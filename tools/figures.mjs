// `npm run figures`: the size and shape of the code, as CONTRIBUTING.md bounds them. It reads the tree and changes nothing.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

// A reader such as `head` may have closed the output.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const root = path.resolve(import.meta.dirname, '..')
const LINES_MAX = 70

/** What a newcomer opens, in this order, to follow one path from where it begins to SQL. */
const WALKS = {
  'save the mail server form': [
    ...['_form/mail-server-form.tsx', 'actions.ts'].map((file) => `app/(console)/mail-server/${file}`),
    'app/_server/form-action.ts',
    ...['submit-save.ts', 'form-data.ts'].map((file) => `app/(console)/mail-server/_form/${file}`),
    'app/_server/once.ts',
    ...['fields.ts', 'save.ts', 'secret-reuse.ts', 'update-policy-rules.ts', 'store/settings.ts'].map(
      (file) => `lib/mail-server/${file}`,
    ),
    'lib/db/one-step.ts',
  ],
  'note on a credential': [
    ...['app/(console)/credentials/[id]/about.tsx', 'app/(console)/credentials/actions.ts'],
    ...['edit.ts', 'store/credentials.ts'].map((file) => `lib/credentials/${file}`),
  ],
  'accept a message by SMTP': [
    ...['index.ts', 'listener.ts', 'server.ts', 'gate.ts', 'connection.ts', 'conversation.ts'].map(
      (file) => `lib/submission/smtp/${file}`,
    ),
    ...['authenticate.ts', 'admission.ts', 'submit.ts', 'intake.ts'].map((file) => `lib/submission/${file}`),
    ...['accept.ts', 'store/insert.ts'].map((file) => `lib/outbox/${file}`),
  ],
  'deliver a message': [
    ...['delivery/scheduler.ts', 'store/claim.ts', 'delivery/connection-loop.ts'],
    ...[
      'delivery/attempt.ts',
      'delivery/choose-sender.ts',
      'delivery/attempt-group.ts',
      'delivery/group-outcome.ts',
      'delivery/outcome.ts',
    ],
    ...['delivery/retry-plan.ts', 'delivery/result-writer.ts', 'store/record-results.ts'],
  ].map((file) => `lib/outbox/${file}`),
  'send a reminder': [
    'lib/worker/jobs.ts',
    ...['plan-now.ts', 'plan.ts', 'notice.ts'].map((file) => `lib/credentials/reminders/${file}`),
    ...['lib/credentials/store/reminders.ts', 'lib/services/notifications.ts'],
    ...['index.ts', 'send.ts', 'mail.ts', 'post.ts', 'store/notifications.ts'].map(
      (file) => `lib/notifications/${file}`,
    ),
  ],
}

/** What the files of that walk import and a newcomer need not open. Every import that no line names is reported. */
const NOT_NEEDED = {
  'general: types and functions that every module uses by their names': [
    /^lib\/(kernel|i18n|validation|services)\//,
    /^lib\/db\/(client|default-mail-server|index|locks|outage|sql-state)\.ts$/,
    /^lib\/db\/generated\//,
  ],
  'the audit entry that each change leaves': [/^lib\/audit\//],
  'who calls, whether the request is ours and the session fresh, and which form was answered already: the same for every action':
    [
      /^app\/_server\/(caller|confirmation|database-cause|form-token|refused-request|request|translations)\.ts$/,
      /^lib\/(access|accounts)\//,
    ],
  'parts of every form, and addresses': [
    /^components\//,
    /^app\/(paths|_form\/fields)\.ts$/,
    /^app\/\(console\)\/_form\//,
  ],
  'the other button of the form: its test': [
    /^app\/\(console\)\/_connection-test\//,
    /^app\/\(console\)\/mail-server\/_form\/(form-test|submit-test|test-action)\.tsx?$/,
  ],
  'what the page shows of the fields and of an answer, and its help with pasted values': [
    /^app\/\(console\)\/mail-server\/_form\/(settings-fields|form-notes|settings-save-bar|paste-helper)\.tsx$/,
    /^app\/\(console\)\/mail-server\/_form\/(use-[a-z]+|known-ids)\.ts$/,
    /^lib\/mail-server\/(assist|form-fields|paste)\.ts$/,
  ],
  'how the operations get what they need': [/^lib\/mail-server\/(index|deps)\.ts$/],
  'reads for a refusal: who saved in between, whether the server was removed, which senders are verified, and whether the sealing key is the right one':
    [/^lib\/mail-server\/(store\/(revisions|servers)|senders\/cache)\.ts$/, /^lib\/db\/sealing-key-check\.ts$/],
  'functions of other modules, called with the same transaction or pure': [/^lib\/(policy|credentials)\//],
}

const files = git('ls-files', 'app', 'components', 'lib').filter(
  (file) => !/\.test\.tsx?$|\/golden\/|\.svg$/.test(file),
)
const linesOf = (list) => list.reduce((sum, file) => sum + textOf(file).split('\n').length - 1, 0)

report('production lines in app, components and lib', linesOf(files))
for (const folder of ['app', 'components', 'lib'])
  report(`  of them in ${folder}`, linesOf(files.filter((file) => file.startsWith(`${folder}/`))))
report('lines of lib/services', linesOf(files.filter((file) => file.startsWith('lib/services/'))))
for (const [name, walk] of Object.entries(WALKS)) report(name, `${walk.length} files, ${linesOf(walk)} lines`)
const [save] = Object.values(WALKS)
const unnamed = [...new Set(save.flatMap(importsOf))].filter(
  (file) =>
    !save.includes(file) &&
    !Object.values(NOT_NEEDED)
      .flat()
      .some((pattern) => pattern.test(file)),
)
report('imports of the first of these paths that are neither in it nor named as not needed', unnamed.join(', ') || 0)
const long = files.filter((file) => /\.tsx?$/.test(file)).flatMap(longFunctions)
report(`functions over ${LINES_MAX} lines, with blank lines and comments`, long.length)
for (const { file, name, count } of long) report(`  ${file} ${name}`, count)
report(
  'functions over 70 lines as the linter counts',
  quiet('@biomejs/biome/bin/biome', 'lint', '.') ? 0 : 'see npm run lint',
)
const [glossary, architecture] = ['tests/glossary.test.ts', 'tests/architecture.test.ts']
report('retired words', quiet('vitest/vitest.mjs', 'run', glossary) ? 0 : `see ${glossary}`)
report(
  'cycles, and imports against the order of modules',
  quiet('vitest/vitest.mjs', 'run', architecture) ? 0 : `see ${architecture}`,
)

/** The files of ours that a file imports. */
function importsOf(file) {
  return [...textOf(file).matchAll(/^(?:import|export) [^'";]*? from '((?:@\/|\.)[^']+)'/gm)].map(([, name]) => {
    const place = name.startsWith('@/') ? name.slice(2) : path.join(path.dirname(file), name)
    return [place, `${place}.ts`, `${place}.tsx`, `${place}/index.ts`].find((each) => files.includes(each)) ?? place
  })
}

/** Functions at the top of a file. The formatter begins each in the first column, and indents it until its end. */
function longFunctions(file) {
  const lines = textOf(file).trimEnd().split('\n')
  return lines.flatMap((line, at) => {
    const [, name] =
      /^(?:export )?(?:default )?(?:async )?(?:function\*? |const (?=.*(?:=>|\()$))(\w+)/.exec(line) ?? []
    if (name === undefined) return []
    const next = lines.findIndex((other, number) => number > at && /^[^\s)}\]]/.test(other))
    const count = lines
      .slice(at, next < 0 ? undefined : next)
      .join('\n')
      .trimEnd()
      .split('\n').length
    return count > LINES_MAX ? [{ file, name, count }] : []
  })
}

/** Whether a tool of the project finds nothing. */
function quiet(tool, ...args) {
  return spawnSync(process.execPath, [path.join(root, 'node_modules', tool), ...args], { cwd: root }).status === 0
}

function git(...args) {
  const { stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return stdout.split('\n').filter((file) => file !== '')
}

function textOf(file) {
  return readFileSync(path.join(root, file), 'utf8')
}

function report(name, value) {
  process.stdout.write(`${String(value).padStart(22)}  ${name}\n`)
}
