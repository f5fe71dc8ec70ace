import { shellString } from '../diagnosis/powershell'
import type { Client } from './client'
import type { Entrance } from './smtp/session-record'

/** What a device or program has to know. */
export interface Connection {
  host: string
  port: number
  entrance: Entrance
  /** Null without a login. */
  login: string | null
  sender: string
}

/** What the operator replaces in an example. A password is never part of one. */
export const PASSWORD_PLACE = 'PASSWORD'

export const DEVICES = [
  ...(['printer', 'nextcloud', 'wordpress', 'grafana', 'msmtp', 'postfix'] as const),
  ...(['python', 'php', 'dotnet', 'spring', 'swaks'] as const),
] as const
export type Device = (typeof DEVICES)[number]

/** An example for one program: its file, and what belongs there. */
export interface Example {
  file: string
  text: string
}

/** The ports that a client of this way can use, the best one first. */
export function entrancesFor(
  way: Client['way'],
  ports: Readonly<Partial<Record<Entrance, number>>>,
): { entrance: Entrance; port: number }[] {
  const usable: readonly Entrance[] = way === 'login' ? ['starttls', 'tls'] : way === 'network' ? ['plain'] : []
  return usable.flatMap((entrance) => {
    const port = ports[entrance]
    return port === undefined ? [] : [{ entrance, port }]
  })
}

/** An address to enter as the sender: the first allowed one, or one of the first allowed domain. */
export function senderFor({ senders }: Pick<Client, 'senders'>): string {
  const address = senders.find((sender) => !sender.includes('*'))
  return address ?? (senders[0] ?? '').replace(/^[^@]*\*[^@]*@/, 'name@').replaceAll('*', 'name')
}

/** One message by the HTTP API. The key's settings say who it is from. */
export const curlExample = (baseUrl: string, to: string): Example => ({
  file: 'curl',
  text: [
    `curl -H "Authorization: Bearer ${PASSWORD_PLACE}" -H "Content-Type: application/json"`,
    `-d ${shellString(JSON.stringify({ to, subject: 'Test', text: 'Test' }))} ${baseUrl}/api/v1/messages`,
  ].join(' '),
})

/** Null for a printer: its settings are typed into its panel. */
export const exampleFor = (device: Device, connection: Connection): Example | null =>
  device === 'printer' ? null : EXAMPLES[device](connection)

const lines = (...all: readonly (string | false)[]): string => all.filter((line) => line !== false).join('\n')

const EXAMPLES: Record<Exclude<Device, 'printer'>, (connection: Connection) => Example> = {
  nextcloud: ({ host, port, entrance, login, sender }) => ({
    file: 'config/config.php',
    text: lines(
      "'mail_smtpmode' => 'smtp',",
      `'mail_smtphost' => '${host}',`,
      `'mail_smtpport' => ${port},`,
      `'mail_smtpsecure' => '${entrance === 'tls' ? 'ssl' : ''}',`,
      `'mail_smtpauth' => ${login !== null},`,
      login !== null && `'mail_smtpname' => '${login}',`,
      login !== null && `'mail_smtppassword' => '${PASSWORD_PLACE}',`,
      `'mail_from_address' => ${phpString(sender.split('@')[0] ?? '')},`,
      `'mail_domain' => ${phpString(sender.split('@')[1] ?? '')},`,
    ),
  }),
  wordpress: ({ sender, ...connection }) => ({
    file: 'wp-content/mu-plugins/smtp.php',
    text: lines(
      '<?php',
      "add_action('phpmailer_init', function ($mail) {",
      ...phpMailer(connection).map((line) => `    ${line}`),
      '});',
      `add_filter('wp_mail_from', fn () => ${phpString(sender)});`,
    ),
  }),
  grafana: ({ host, port, entrance, login, sender }) => ({
    file: 'grafana.ini',
    text: lines(
      '[smtp]',
      'enabled = true',
      `host = ${host}:${port}`,
      login !== null && `user = ${login}`,
      login !== null && `password = ${PASSWORD_PLACE}`,
      `from_address = ${sender}`,
      entrance !== 'tls' && `startTLS_policy = ${entrance === 'starttls' ? 'MandatoryStartTLS' : 'NoStartTLS'}`,
    ),
  }),
  msmtp: ({ host, port, entrance, login, sender }) => ({
    file: '/etc/msmtprc',
    text: lines(
      'account default',
      `host ${host}`,
      `port ${port}`,
      `from ${sender}`,
      `tls ${onOff(entrance !== 'plain')}`,
      entrance !== 'plain' && `tls_starttls ${onOff(entrance === 'starttls')}`,
      `auth ${onOff(login !== null)}`,
      login !== null && `user ${login}`,
      login !== null && `password ${PASSWORD_PLACE}`,
    ),
  }),
  postfix: ({ host, port, entrance, login }) => ({
    file: '/etc/postfix/main.cf',
    text: lines(
      `relayhost = [${host}]:${port}`,
      `smtp_tls_security_level = ${entrance === 'plain' ? 'none' : 'encrypt'}`,
      entrance === 'tls' && 'smtp_tls_wrappermode = yes',
      login !== null && 'smtp_sasl_auth_enable = yes',
      login !== null && 'smtp_sasl_tls_security_options = noanonymous',
      login !== null && 'smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd',
      login !== null &&
        '# The next line, without its #, is the file /etc/postfix/sasl_passwd. Then run: postmap /etc/postfix/sasl_passwd',
      login !== null && `# [${host}]:${port} ${login}:${PASSWORD_PLACE}`,
    ),
  }),
  python: ({ host, port, entrance, login, sender }) => ({
    file: 'Python, smtplib',
    text: lines(
      'import smtplib',
      'from email.message import EmailMessage',
      '',
      'message = EmailMessage()',
      `message["From"] = "${sender}"`,
      `message["To"] = "${sender}"`,
      'message["Subject"] = "Test"',
      'message.set_content("Test")',
      `with smtplib.${entrance === 'tls' ? 'SMTP_SSL' : 'SMTP'}("${host}", ${port}) as server:`,
      entrance === 'starttls' && '    server.starttls()',
      login !== null && `    server.login("${login}", "${PASSWORD_PLACE}")`,
      '    server.send_message(message)',
    ),
  }),
  php: ({ sender, ...connection }) => ({
    file: 'PHP, PHPMailer',
    text: lines(
      '$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);',
      ...phpMailer(connection),
      `$mail->setFrom(${phpString(sender)});`,
      `$mail->addAddress(${phpString(sender)});`,
      "$mail->Subject = 'Test';",
      "$mail->Body = 'Test';",
      '$mail->send();',
    ),
  }),
  dotnet: ({ host, port, entrance, login, sender }) => ({
    file: '.NET, MailKit',
    text: lines(
      'var message = new MimeKit.MimeMessage();',
      `message.From.Add(MimeKit.MailboxAddress.Parse("${sender}"));`,
      `message.To.Add(MimeKit.MailboxAddress.Parse("${sender}"));`,
      'message.Subject = "Test";',
      'message.Body = new MimeKit.TextPart("plain") { Text = "Test" };',
      'using var client = new MailKit.Net.Smtp.SmtpClient();',
      `client.Connect("${host}", ${port}, MailKit.Security.SecureSocketOptions.${MAILKIT[entrance]});`,
      login !== null && `client.Authenticate("${login}", "${PASSWORD_PLACE}");`,
      'client.Send(message);',
      'client.Disconnect(true);',
    ),
  }),
  spring: ({ host, port, entrance, login }) => ({
    file: 'application.properties',
    text: lines(
      `spring.mail.host=${host}`,
      `spring.mail.port=${port}`,
      login !== null && `spring.mail.username=${login}`,
      login !== null && `spring.mail.password=${PASSWORD_PLACE}`,
      `spring.mail.properties.mail.smtp.auth=${login !== null}`,
      entrance === 'starttls' && 'spring.mail.properties.mail.smtp.starttls.required=true',
      entrance === 'tls' && 'spring.mail.properties.mail.smtp.ssl.enable=true',
    ),
  }),
  swaks: ({ host, port, entrance, login, sender }) => ({
    file: 'swaks',
    text: [
      `swaks --server ${host}:${port}`,
      ...(entrance === 'starttls' ? ['--tls'] : entrance === 'tls' ? ['--tls-on-connect'] : []),
      ...(login === null ? [] : [`--auth-user ${login} --auth-password ${PASSWORD_PLACE}`]),
      `--from ${shellArgument(sender)} --to ${shellArgument(sender)}`,
    ].join(' '),
  }),
}

const phpString = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

/** Quoted only where it has to be, because people type it. */
const shellArgument = (text: string): string => (/^[\w@.+-]+$/.test(text) ? text : shellString(text))

const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off')
const MAILKIT: Record<Entrance, string> = { starttls: 'StartTls', tls: 'SslOnConnect', plain: 'None' }

const phpMailer = ({ host, port, entrance, login }: Omit<Connection, 'sender'>): string[] => [
  '$mail->isSMTP();',
  `$mail->Host = '${host}';`,
  `$mail->Port = ${port};`,
  `$mail->SMTPSecure = '${{ starttls: 'tls', tls: 'ssl', plain: '' }[entrance]}';`,
  ...(entrance === 'plain' ? ['$mail->SMTPAutoTLS = false;'] : []),
  `$mail->SMTPAuth = ${login !== null};`,
  ...(login === null ? [] : [`$mail->Username = '${login}';`, `$mail->Password = '${PASSWORD_PLACE}';`]),
]
