import Link from 'next/link'
import { helpPath } from '@/app/paths'
import { remedy, signaturesOf } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { DiagnosisCode } from '@/lib/kernel/diagnosis-code'

/** As many as fit on a line. The page of the code shows all. */
const SIGNATURES_SHOWN_MAX = 4

export function CodeList({ codes, locale }: { codes: readonly DiagnosisCode[]; locale: Locale }) {
  return (
    <ul className="divide-y divide-line">
      {codes.map((code) => (
        <li key={code} className="py-2.5">
          <Link href={helpPath(code)} prefetch={false} className="font-[550] text-accent hover:underline">
            {remedy(code, {}, locale).title}
          </Link>
          <p className="mt-0.5 flex flex-wrap gap-x-3 font-mono text-[0.8125rem] text-faint">
            <span>{code}</span>
            {shownSignatures(code).map((signature) => (
              <span key={signature}>{signature}</span>
            ))}
          </p>
        </li>
      ))}
    </ul>
  )
}

function shownSignatures(code: DiagnosisCode): string[] {
  const signatures = signaturesOf(code)
  return signatures.length > SIGNATURES_SHOWN_MAX ? [...signatures.slice(0, SIGNATURES_SHOWN_MAX), '…'] : signatures
}
