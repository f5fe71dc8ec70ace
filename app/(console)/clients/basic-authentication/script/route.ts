import { routeCaller } from '@/app/_server/caller'
import { download } from '@/app/_server/download'
import { translatorFor } from '@/lib/i18n/translations'
import { migrationScript, SCRIPT_FILE } from '@/lib/submission/basic-auth/script'
import { exchangeFacts } from '../facts'

export async function GET(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'clients:read')
  if (caller instanceof Response) return caller
  // Windows PowerShell reads a file as UTF-8 only with a byte order mark.
  const script = `\ufeff${migrationScript(translatorFor(caller.locale, 'basic-auth'), await exchangeFacts())}`
  return download(SCRIPT_FILE, 'text/plain; charset=utf-8', script)
}
