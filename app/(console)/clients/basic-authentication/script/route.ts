import { routeCaller } from '@/app/_server/caller'
import { download } from '@/app/_server/download'
import { translatorFor } from '@/lib/i18n/translations'
import { factsOfSettings } from '@/lib/mail-server/remedies'
import { services } from '@/lib/services'
import { migrationScript, SCRIPT_FILE } from '@/lib/submission/basic-auth/script'

/** The script that lists mailboxes which may use a password, as a file. */
export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'clients:read')
  if (caller instanceof Response) return caller
  const { mailServers, clouds } = services()
  const settings = (await mailServers.list()).map((server) => server.settings)
  // The default mail server is the first of the list.
  const exchange = settings.find((each) => each?.type === 'exchange-online-oauth2')
  const facts = exchange ? factsOfSettings(exchange, clouds) : {}
  // Windows PowerShell reads a file as UTF-8 only with a byte order mark.
  const script = `\ufeff${migrationScript(translatorFor(caller.locale, 'basic-auth'), facts)}`
  return download(SCRIPT_FILE, 'text/plain; charset=utf-8', script)
}
