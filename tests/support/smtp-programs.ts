import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { idOf, POSTFIX, startPostfixWith } from './postfix'

const run = promisify(execFile)
const EXIM = ['/usr/sbin/exim4', path.resolve('.cache/exim/usr/sbin/exim4')].find(existsSync)
const isRoot = process.getuid?.() === 0

/** Where a program submits, and what. */
export interface ProgramJob {
  /** Ports with STARTTLS, and without encryption for networks without a login. */
  ports: { starttls: number; plain: number }
  login: string
  password: string
  /** PEM file of the authority. */
  caFile: string
  sender: string
  recipient: string
  /** File with the whole message. */
  file: string
}

export interface MailProgram {
  name: string
  /** What must be installed. */
  needs: readonly string[]
  /** It passes lines over 998 octets on as they are. */
  passesLongLines: boolean
  submit(job: ProgramJob): Promise<void>
}

const PYTHON = `
import smtplib, ssl, sys
port, ca, user, password, sender, recipient, file = sys.argv[1:]
with smtplib.SMTP('localhost', int(port)) as smtp:
    smtp.starttls(context=ssl.create_default_context(cafile=ca))
    smtp.login(user, password)
    options = ['SMTPUTF8', 'BODY=8BITMIME'] if not recipient.isascii() else ['BODY=8BITMIME']
    smtp.sendmail(sender, [recipient], open(file, 'rb').read(), mail_options=options)
`

const PERL = `
use Net::SMTP;
my ($port, $ca, $user, $password, $sender, $recipient, $file) = @ARGV;
my $smtp = Net::SMTP->new('localhost', Port => $port, Timeout => 30) or die 'no connection';
$smtp->starttls(SSL_ca_file => $ca) or die 'no TLS: ' . $smtp->message;
$smtp->auth($user, $password) or die 'no login: ' . $smtp->message;
$smtp->mail($sender) && $smtp->to($recipient) && $smtp->data() or die $smtp->message;
open my $text, '<:raw', $file or die;
while (my $line = <$text>) { $line =~ s/\\r\\n/\\n/; $smtp->datasend($line) }
$smtp->dataend() or die $smtp->message;
$smtp->quit;
`

/** PHPMailer's connection, with the whole message as it is. */
const PHP = `<?php
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $port, $ca, $user, $password, $sender, $recipient, $file] = $argv;
$smtp = new PHPMailer\\PHPMailer\\SMTP();
$ok = $smtp->connect('localhost', (int) $port, 30, ['ssl' => ['cafile' => $ca]]) && $smtp->hello('localhost') && $smtp->startTLS()
  && $smtp->hello('localhost') && $smtp->authenticate($user, $password) && $smtp->mail($sender) && $smtp->recipient($recipient)
  && $smtp->data(substr(file_get_contents($file), 0, -2)); // It adds the last line end.
if (!$ok) { fwrite(STDERR, json_encode($smtp->getError())); exit(1); }
$smtp->quit();
`

const scripted = (
  name: string,
  program: string,
  extension: string,
  script: string,
  needs: string[] = [],
): MailProgram => ({
  name,
  needs: [program, ...needs],
  passesLongLines: name === 'Python’s smtplib',
  async submit({ ports, caFile, login, password, sender, recipient, file }) {
    const source = `${file}.${extension}`
    writeFileSync(source, script)
    await run(program, [source, String(ports.starttls), caFile, login, password, sender, recipient, file])
  },
})

export const MAIL_PROGRAMS: readonly MailProgram[] = [
  scripted('Python’s smtplib', '/usr/bin/python3', 'py', PYTHON),
  scripted('Perl’s Net::SMTP', '/usr/bin/perl', 'pl', PERL, [
    '/usr/share/perl5/IO/Socket/SSL.pm',
    '/usr/share/perl5/Authen/SASL.pm',
  ]),
  scripted('PHPMailer', '/usr/bin/php', 'php', PHP, ['/usr/share/php/libphp-phpmailer/autoload.php']),
  {
    name: 'curl',
    needs: ['/usr/bin/curl'],
    passesLongLines: true,
    submit: ({ ports, login, password, caFile, sender, recipient, file }) =>
      quietly('/usr/bin/curl', [
        ...['--silent', '--show-error', '--ssl-reqd', '--cacert', caFile, '--user', `${login}:${password}`],
        ...['--url', `smtp://localhost:${ports.starttls}/printer`, '--mail-from', sender, '--mail-rcpt', recipient],
        ...['--upload-file', file],
      ]),
  },
  {
    name: 'swaks',
    needs: ['/usr/bin/swaks'],
    passesLongLines: true,
    async submit({ ports, login, password, sender, recipient, file }) {
      // It adds the last line end.
      writeFileSync(file, readFileSync(file).subarray(0, -2))
      await quietly('/usr/bin/swaks', [
        ...[
          '--server',
          'localhost',
          '--port',
          String(ports.starttls),
          '--tls',
          '--auth',
          'LOGIN',
          '--auth-user',
          login,
        ],
        ...['--auth-password', password, '--from', sender, '--to', recipient, '--data', `@${file}`, '--silent', '2'],
      ])
    },
  },
  {
    name: 'msmtp',
    needs: ['/usr/bin/msmtp'],
    passesLongLines: true,
    async submit({ ports, login, password, caFile, sender, recipient, file }) {
      const settings = `${file}.msmtp`
      const lines = [
        'account default',
        'host localhost',
        `port ${ports.starttls}`,
        'tls on',
        `tls_trust_file ${caFile}`,
      ]
      const own = ['auth plain', `user ${login}`, `password ${password}`, `from ${sender}`]
      writeFileSync(settings, [...lines, ...own, ''].join('\n'), { mode: 0o600 })
      await shell(`exec msmtp -C "$1" -- "$2" < "$3"`, settings, recipient, file)
    },
  },
  {
    name: 'Postfix as a smarthost client',
    needs: isRoot ? [POSTFIX] : ['/nonexistent'],
    passesLongLines: false,
    submit: byPostfix,
  },
  {
    name: 'Exim as a smarthost client',
    needs: EXIM && isRoot && /^Debian-exim:/m.test(readFileSync('/etc/passwd', 'utf8')) ? [EXIM] : ['/nonexistent'],
    passesLongLines: false,
    submit: byExim,
  },
]

export const isInstalled = ({ needs }: MailProgram): boolean => needs.every(existsSync)

const quietly = async (program: string, options: readonly string[]): Promise<void> => {
  await run(program, options, { maxBuffer: 64 * 1024 ** 2 })
}

export const shell = (script: string, ...values: string[]): Promise<void> =>
  quietly('/bin/sh', ['-c', script, 'sh', ...values])

/** It submits without a login, which keeps its modules for SASL out of the test. */
async function byExim({ ports, sender, recipient, file }: ProgramJob): Promise<void> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'postroom-exim-'))
  try {
    chownSync(home, idOf('/etc/passwd', 'Debian-exim'), idOf('/etc/group', 'Debian-exim'))
    const settings = path.join(home, 'exim.conf')
    writeFileSync(
      settings,
      `exim_path = ${EXIM}
spool_directory = ${home}/spool
log_file_path = ${home}/log-%s
primary_hostname = exim.contoso.example
keep_environment =
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${ports.plain}
  hosts_avoid_tls = *
  message_linelength_limit = 1000000
`,
      { mode: 0o644 },
    )
    await shell('exec "$1" -C "$2" -odi -i -f "$3" "$4" < "$5"', EXIM ?? '', settings, sender, recipient, file)
    const log = readFileSync(path.join(home, 'log-main'), 'utf8')
    if (!/ => /.test(log)) throw new Error(log)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** One for all messages: its start and its end cost a second of processor time. */
let postfix: ReturnType<typeof startPostfix> | undefined

async function byPostfix({ ports, sender, recipient, file }: ProgramJob): Promise<void> {
  postfix ??= startPostfix(ports.plain)
  const { queue, config } = await postfix
  await shell('exec sendmail -C "$1" -i -f "$2" "$3" < "$4"', config, sender, recipient, file)
  await shell(
    'for i in $(seq 300); do [ "$(find "$1/maildrop" "$1/incoming" "$1/active" -type f | wc -l)" = 0 ] && exit 0; sleep 0.1; done; exit 1',
    queue,
  )
}

/** Ends the Postfix that this process has started, if any. */
export async function endPostfix(): Promise<void> {
  if (postfix === undefined) return
  const { home, config } = await postfix
  postfix = undefined
  // Its other way to end looks once a second whether it has.
  await run(POSTFIX, ['-c', config, 'abort']).catch(() => {})
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
}

const startPostfix = (port: number) =>
  startPostfixWith(
    `myhostname = postfix.contoso.example
message_size_limit = 40000000
relayhost = [127.0.0.1]:${port}
smtp_dns_support_level = disabled
smtp_tls_security_level = encrypt
`,
    `pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
showq unix n - n - - showq
error unix - - n - - error
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
`,
  )
