import templates from '../../kernel/generated/examples.json'
import { templateLines } from '../../kernel/template'

export interface Example {
  language: 'JavaScript, TypeScript' | 'curl' | 'Python' | 'PowerShell' | 'PHP' | 'C#' | 'Python, message/rfc822'
  /** For the fence in a document. */
  fence: string
  text: string
}

/** What the help page and docs/http-api.md show; the tests run or parse exactly these texts. The key is in API_KEY. */
export function examplesAt(origin: string): readonly Example[] {
  const textOf = (file: `send${string}` & keyof typeof templates): string =>
    templateLines(templates, file, { fill: () => `${origin}/api/v1/messages` }).join('\n')
  return [
    { language: 'curl', fence: 'sh', text: textOf('send.sh') },
    { language: 'JavaScript, TypeScript', fence: 'ts', text: textOf('send.ts') },
    { language: 'Python', fence: 'python', text: textOf('send.py') },
    { language: 'Python, message/rfc822', fence: 'python', text: textOf('send-finished.py') },
    { language: 'PowerShell', fence: 'powershell', text: textOf('send.ps1') },
    { language: 'PHP', fence: 'php', text: textOf('send.php') },
    { language: 'C#', fence: 'csharp', text: textOf('send.cs') },
  ]
}
