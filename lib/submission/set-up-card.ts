import { shellString } from '../diagnosis/powershell'
import templates from '../kernel/generated/examples.json'
import { templateLines } from '../kernel/template'
import { type Client, ownAddress } from './client'
import { type Entrance, openPorts, type Ports } from './entrance'

export interface Connection {
  host: string
  port: number
  entrance: Entrance
  login: string | null
  sender: string
}

/** What the operator replaces in an example. A password is never part of one. */
export const PASSWORD_PLACE = 'PASSWORD'

const FILES = {
  nextcloud: 'config/config.php',
  wordpress: 'wp-content/mu-plugins/smtp.php',
  grafana: 'grafana.ini',
  msmtp: '/etc/msmtprc',
  postfix: '/etc/postfix/main.cf',
  python: 'Python, smtplib',
  php: 'PHP, PHPMailer',
  dotnet: '.NET, MailKit',
  spring: 'application.properties',
  swaks: 'swaks',
} as const

export type Device = 'printer' | keyof typeof FILES
export const DEVICES = ['printer', ...(Object.keys(FILES) as (keyof typeof FILES)[])] as const satisfies Device[]

export interface Example {
  file: string
  text: string
}

/** What a client of each way can use, the best one first. */
const ENTRANCES: Record<Client['way'], Entrance[]> = { login: ['starttls', 'tls'], network: ['plain'], 'api-key': [] }
export const entrancesFor = (way: Client['way'], ports: Ports): ReturnType<typeof openPorts> =>
  openPorts(ports, ENTRANCES[way])

/** An address to enter as the sender: the first allowed one, or a made-up one that the first pattern matches. */
export function senderFor(client: Pick<Client, 'senders'>): string {
  const [first = ''] = client.senders
  return ownAddress(client) ?? first.replace(/^\*\.([^@]*)$/, '*@$1').replace('*', 'name')
}

/**
 * One message by the HTTP API. The key's settings say who it is from: null if they name no address. Without the key the operator replaces
 * `API_KEY`.
 */
export function curlExample(baseUrl: string, client: Pick<Client, 'senders'>, key: string | null): Example | null {
  const to = ownAddress(client)
  if (to === null) return null
  const lines = [
    `curl -H "Authorization: Bearer ${key ?? 'API_KEY'}" -H "Content-Type: application/json"`,
    `-d ${shellString(JSON.stringify({ to, subject: 'Test', text: 'Test' }))} ${baseUrl}/api/v1/messages`,
  ]
  return { file: 'curl', text: lines.join(' ') }
}

/** Null for a printer: its settings are typed into its panel. */
export const exampleFor = (device: Device, connection: Connection): Example | null =>
  device === 'printer' ? null : { file: FILES[device], text: textFor(device, connection) }

function textFor(device: keyof typeof FILES, { host, port, entrance, login, sender }: Connection): string {
  const [localPart = '', domain = ''] = sender.split('@')
  const texts: Readonly<Record<string, string>> = {
    host,
    port: String(port),
    login: login ?? '',
    sender,
    PASSWORD: PASSWORD_PLACE,
    phpSender: phpString(sender),
    phpLocalPart: phpString(localPart),
    phpDomain: phpString(domain),
    shellSender: shellArgument(sender),
  }
  const is = (each: Entrance) => entrance === each
  return templateLines(templates, device, {
    conditions: { login: login !== null, starttls: is('starttls'), tls: is('tls'), plain: is('plain') },
    fill: (name) => texts[name],
  }).join('\n')
}

const phpString = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`
/** Quoted only where it has to be, because people type it. */
const shellArgument = (text: string): string => (/^[\w@.+-]+$/.test(text) ? text : shellString(text))
